"""Notices, messages and takeovers as people paste them: the layouts are real, buyers, people and companies invented.

Each is (name, text, what must be read), `TODAY` being the day of pasting.
"""

from datetime import date
from typing import Any

TODAY = date(2026, 11, 29)

FNS = """Avis de marché
Département(s) de publication : 26
Annonce n° 26-000{n}

Section 1 : Identification de l'acheteur
Nom complet de l'acheteur : {buyer}
Type de Numéro national d'identification : SIRET
N° National d'identification : 21260000000000
Ville : {town}
Code Postal : {postcode}
Groupement de commandes : Non

Section 2 : Communication
Lien direct aux documents de la consultation : https://marches.exemple.invalid/consultation/{n}
Identifiant interne de la consultation : 2026-{n}
Intégralité des documents sur le profil d'acheteur : Oui
Utilisation de moyens de communication non communément disponibles : Non
Nom du contact : Service des marchés
Adresse mail du contact : marches@exemple.invalid
Numéro de téléphone du contact : 0475000000

Section 3 : Procédure
Type de procédure : Procédure adaptée ouverte
Conditions de participation : aptitude à exercer l'activité professionnelle : voir règlement de consultation
Technique d'achat : Sans objet
Date et heure limite de réception des plis : {deadline}
Présentation des offres par catalogue électronique : Interdite
Réduction du nombre de candidats : Non
Possibilité d'attribution sans négociation : Oui
L'acheteur exige la présentation de variantes : Non
Critères d'attribution : Valeur technique 60 %, prix 40 %

Section 4 : Identification du marché
Intitulé du marché : {title}
Code CPV principal - Descripteur principal : {cpv}
Type de marché : Services
Description succincte du marché : {description}
Lieu principal d'exécution du marché : {place}
Durée du marché (en mois) : 12
Valeur estimée (H.T.) : {amount}
La consultation comporte des tranches : Non
La consultation prévoit une réservation de tout ou partie du marché : {reserved}
Marché alloti : {lots}

Section 6 : Informations complémentaires
Visite obligatoire : Non
Autres informations complémentaires : Instance chargée des procédures de recours : Tribunal administratif de Grenoble, 2 place de Verdun, 38000 Grenoble. Date d'envoi du présent avis : 20/11/2026
"""

EFORMS = """1. Acheteur
1.1. Acheteur
Nom officiel : {buyer}
Forme juridique de l'acheteur : Collectivité locale
Activité du pouvoir adjudicateur : Services d'administration générale
2. Procédure
2.1. Procédure
Titre : {title}
Description : {description}
Identifiant de la procédure : 6c1b2d60-0000-4000-8000-00000000000{n}
Identifiant interne : 2026-{n}
Type de procédure : Ouverte
2.1.1. Objet
Nature du marché : Services
Nomenclature principale (cpv) : {cpv}
2.1.2. Lieu d'exécution
Ville : {town}
Code postal : {postcode}
Subdivision pays (NUTS) : Drôme (FRK23)
Pays : France
2.1.3. Valeur
Valeur estimée hors TVA : {amount} EUR
2.1.4. Informations générales
Base juridique : Directive 2014/24/UE
2.1.6. Motifs d'exclusion : Motifs d'exclusion purement nationaux : faillite, redressement judiciaire
{lots}
8. Organisations
8.1. ORG-0001
Nom officiel : {buyer}
Numéro d'enregistrement : 21260000000000
Adresse postale : 1 place de la Mairie
Ville : Grenoble
Code postal : 38000
Adresse électronique : marches@exemple.invalid
8.1. ORG-0002
Nom officiel : Tribunal administratif de Grenoble
Ville : Grenoble
"""

EFORMS_LOT = """5.1. Lot : LOT-000{n}
Titre : {title}
Description : {description}
Identifiant interne : {n}
5.1.1. Objet
Nature du marché : Services
Nomenclature principale (cpv) : {cpv}
5.1.5. Valeur
Valeur estimée hors TVA : {amount} EUR
5.1.6. Informations générales
Participation réservée : {reserved}
5.1.10. Critères d'attribution
Critère : Type : Prix Pondération : 40
5.1.12. Conditions du marché public
Date limite de réception des offres : 15/01/2027 12:00:00 (UTC+1)
"""

MAPA = """Annonce No 26-{n}
I. II. III. IV. V. VI.
AVIS D'APPEL PUBLIC A LA CONCURRENCE

Nom et adresse officiels de l'organisme acheteur : {buyer}.
Correspondant : Mme le Maire, 1 place de la Mairie {postcode} {town}, tél. : 04-75-00-00-00, courriel : mairie@exemple.invalid adresse internet du profil acheteur : https://profil.exemple.invalid
Objet du marché : {title}.
Type de marché de services : catégorie no 14
Lieu d'exécution et de livraison : {place}.
Caractéristiques principales : {description}
{lots}
Date prévisionnelle de commencement des travaux : 1er mars 2027.
Unité monétaire utilisée, l'euro.
Conditions de participation : chiffre d'affaires minimal 50 000 euros, assurance responsabilité civile de 1 500 000 euros.
Justifications à produire quant aux qualités et capacités du candidat : DC1, DC2, références de moins de 3 ans.
Critères d'attribution : offre économiquement la plus avantageuse appréciée en fonction des critères énoncés ci-dessous : prix : 60 % ; valeur technique : 40 %.
Type de procédure : procédure adaptée.
Date limite de réception des offres : {deadline}.
Délai minimum pendant lequel le soumissionnaire est tenu de maintenir son offre : 120 jours.
Renseignements complémentaires : le DCE est à retirer sur le profil d'acheteur.
Date d'envoi du présent avis à la publication : 20 novembre 2026.
Mots descripteurs : {trades}.
"""

NOTICES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "fns espaces verts",
        FNS.format(
            n=101,
            buyer="Commune de Crest",
            town="Crest",
            postcode="26400",
            deadline="12/01/2027 à 12h00",
            title="Entretien des espaces verts communaux",
            cpv="77310000",
            description="Tonte, taille et désherbage des parcs, sur 4 hectares.",
            place="26400 Crest",
            amount="45 000 euros",
            reserved="Non",
            lots="Non",
        ),
        {
            "kind": "tender",
            "title": "Entretien des espaces verts communaux",
            "cpv": ("77310000",),
            "place": "26108",
            "amount_eur": 45_000,
            "deadline": date(2027, 1, 12),
            "buyer": "Commune de Crest",
            "reserved": (),
            "lots": (),
        },
    ),
    (
        "fns réservé",
        FNS.format(
            n=102,
            buyer="Communauté de communes du Val Inventé",
            town="Die",
            postcode="26150",
            deadline="22 décembre 2026 à 17h00",
            title="Collecte et valorisation des encombrants",
            cpv="90511000-2",
            description="Ramassage chez l'habitant et réemploi.",
            place="Die",
            amount="1,2 M€",
            reserved="Oui. Marché réservé aux structures d'insertion par l'activité économique (art. L. 2113-13)",
            lots="Non",
        ),
        {
            "kind": "tender",
            "title": "Collecte et valorisation des encombrants",
            "cpv": ("90511000",),
            "place": "26113",
            "amount_eur": 1_200_000,
            "deadline": date(2026, 12, 22),
            "reserved": ("siae",),
            "buyer": "Communauté de communes du Val Inventé",
        },
    ),
    (
        "fns lots",
        FNS.format(
            n=103,
            buyer="Ville de Privas",
            town="Privas",
            postcode="07000",
            deadline="08/01/2027 à 11:30",
            title="Nettoyage des bâtiments communaux",
            cpv="90911200",
            description="Nettoyage courant et vitrerie.",
            place="Privas",
            amount="180 000 € HT",
            reserved="Non",
            lots="Oui",
        ).replace(
            "Section 6",
            "Section 5 : Lots\nDescription du lot : Écoles et gymnases\nEstimation de la valeur hors taxes du lot : 120 000 euros\nDescription du lot : Vitrerie des bâtiments. Lot réservé aux entreprises adaptées et ESAT (L2113-12)\nEstimation de la valeur hors taxes du lot : 60 000 euros\n\nSection 6",
        ),
        {
            "kind": "tender",
            "title": "Nettoyage des bâtiments communaux",
            "place": "07186",
            "amount_eur": 180_000,
            "deadline": date(2027, 1, 8),
            "reserved": (),
            "lots": (("1", "Écoles et gymnases", 120_000, ()), ("2", "Vitrerie des bâtiments", 60_000, ("ea_esat",))),
        },
    ),
    (
        "eforms deux lots",
        EFORMS.format(
            n=1,
            buyer="Département Imaginaire",
            title="Restauration des collèges",
            description="Fourniture de repas préparés pour deux collèges.",
            cpv="55524000 Services traiteur pour écoles",
            town="Valence",
            postcode="26000",
            amount="640 000",
            lots=EFORMS_LOT.format(
                n=1,
                title="Repas du collège nord",
                description="Repas livrés en liaison froide.",
                cpv="55524000",
                amount="400 000",
                reserved="La participation n'est pas réservée",
            )
            + EFORMS_LOT.format(
                n=2,
                title="Repas du collège sud",
                description="Repas servis sur place.",
                cpv="55523100",
                amount="240 000",
                reserved="La participation est réservée aux ateliers protégés et opérateurs économiques visant l'intégration sociale et professionnelle de personnes handicapées ou défavorisées",
            ),
        ),
        {
            "kind": "tender",
            "title": "Restauration des collèges",
            "place": "26362",
            "amount_eur": 640_000,
            "deadline": date(2027, 1, 15),
            "buyer": "Département Imaginaire",
            "cpv": ("55524000",),
            "lots": (
                ("1", "Repas du collège nord", 400_000, ()),
                ("2", "Repas du collège sud", 240_000, ("ea_esat", "siae")),
            ),
        },
    ),
    (
        "eforms un lot",
        EFORMS.format(
            n=2,
            buyer="Syndicat des Eaux Fictif",
            title="Entretien des berges",
            description="Débroussaillage des berges et enlèvement d'embâcles.",
            cpv="77312000 Services de désherbage",
            town="Aubenas",
            postcode="07200",
            amount="96 500,50",
            lots=EFORMS_LOT.format(
                n=1,
                title="Entretien des berges",
                description="Tout le linéaire.",
                cpv="77312000",
                amount="96 500,50",
                reserved="Non",
            ),
        ),
        {
            "kind": "tender",
            "title": "Entretien des berges",
            "place": "07019",
            "amount_eur": 96_500.5,
            "deadline": date(2027, 1, 15),
            "lots": (),
            "cpv": ("77312000",),
            "reserved": (),
        },
    ),
    (
        "mapa trois lots",
        MAPA.format(
            n=201,
            buyer="Mairie de Nyons",
            postcode="26110",
            town="Nyons",
            title="travaux de rénovation de l'école primaire",
            place="école primaire, 26110 Nyons",
            description="rénovation thermique et mise en accessibilité.",
            lots="Lot n° 1 : Maçonnerie. - C.P.V. - : Objet principal : 45262522. Coût estimé HT : 35 000 euros. Mots descripteurs : Maçonnerie.\nLot n° 2 : Menuiseries extérieures bois. - C.P.V. - : Objet principal : 45421000. Coût estimé HT : 48 000 euros.\nLot n° 3 : Peinture. - C.P.V. - : Objet principal : 45442100. Coût estimé HT : 12 500 euros. Marché réservé : lot réservé aux SIAE (L2113-13).",
            deadline="14 janvier 2027, à 12 heures",
            trades="Bâtiment, Menuiserie, Peinture",
        ),
        {
            "kind": "tender",
            "title": "travaux de rénovation de l'école primaire",
            "place": "26220",
            "deadline": date(2027, 1, 14),
            "buyer": "Mairie de Nyons",
            "reserved": (),
            "lots": (
                ("1", "Maçonnerie", 35_000, ()),
                ("2", "Menuiseries extérieures bois", 48_000, ()),
                ("3", "Peinture", 12_500, ("siae",)),
            ),
        },
    ),
    (
        "mapa sans lots",
        MAPA.format(
            n=202,
            buyer="Ccas de Montélimar",
            postcode="26200",
            town="Montélimar",
            title="portage de repas à domicile",
            place="Montélimar",
            description="livraison de 80 repas par jour aux personnes âgées. Montant estimé : 210 000 euros HT.",
            lots="",
            deadline="4 janvier 2027, à 16 h 30",
            trades="Prestations de restauration, Repas",
        ),
        {
            "kind": "tender",
            "title": "portage de repas à domicile",
            "place": "26198",
            "amount_eur": 210_000,
            "deadline": date(2027, 1, 4),
            "buyer": "Ccas de Montélimar",
            "trades": ("Prestations de restauration", "Repas"),
        },
    ),
    (
        "avis du travail quotidien",
        """Marché public – entretien
Commune de Crest
Entretien des espaces verts et nettoyage des locaux
Lieu : Commune de Crest, 26400
Estimation : 85 000 € HT
Date limite : 18/12/2026 à 12h00
Lot 1 – Entretien des espaces verts : 45 000 €
Lot 2 – Nettoyage des locaux : 40 000 € (lot réservé EA/ESAT, art. L2113-12)
Critères : prix 40 %, valeur technique 60 %
Dossier : https://marches.exemple.invalid/dce/12""",
        {
            "kind": "tender",
            "title": "Entretien des espaces verts et nettoyage des locaux",
            "place": "26108",
            "amount_eur": 85_000,
            "deadline": date(2026, 12, 18),
            "reserved": (),
            "lots": (
                ("1", "Entretien des espaces verts", 45_000, ()),
                ("2", "Nettoyage des locaux", 40_000, ("ea_esat",)),
            ),
        },
    ),
    (
        "annonce légale d'un bloc",
        "PUBLICITÉ LÉGALE. La commune d'Aubenas lance une consultation pour la réfection des trottoirs du centre. Lieu d'exécution : Aubenas (07). Estimation : 150 k€ HT. Marché comportant une clause sociale d'insertion de 210 heures. Procédure : adaptée. Date limite de remise des offres : 11/01/2027 à 12h00. Renseignements : mairie, tél. 04 75 00 00 00.",
        {
            "kind": "tender",
            "title": "la réfection des trottoirs du centre",
            "place": "07019",
            "amount_eur": 150_000,
            "deadline": date(2027, 1, 11),
            "social_clause": True,
            "social_hours": 210,
            "buyer": "commune d'Aubenas",
        },
    ),
    (
        "profil acheteur",
        """Acheteur : Syndicat mixte de l'Exemple
Référence : 2026-44
Objet : Transport et traitement des déchets verts
Catégorie : Services
Lieux d'exécution : Romans-sur-Isère
Code CPV : 90513000-6
Date limite de réponse : 05/01/2027 10:00
Procédure : Appel d'offres ouvert
Clauses sociales : Oui
Allotissement : Non""",
        {
            "kind": "tender",
            "title": "Transport et traitement des déchets verts",
            "cpv": ("90513000",),
            "place": "26281",
            "deadline": date(2027, 1, 5),
            "buyer": "Syndicat mixte de l'Exemple",
            "social_clause": True,
        },
    ),
    (
        "accord-cadre au maximum",
        """Avis de marché
Pouvoir adjudicateur : Office public de l'habitat Inventé
Objet de la consultation : Remise en état de logements vacants (peinture, sols)
Lieu principal d'exécution : Bourg-lès-Valence
Accord-cadre à bons de commande sans minimum, montant maximum : 400 000 € HT
Le titulaire justifie d'une assurance de 2 000 000 €.
Date limite de réception des offres : 20/01/2027 à 12:00""",
        {
            "kind": "tender",
            "title": "Remise en état de logements vacants (peinture, sols)",
            "place": "26058",
            "amount_eur": 400_000,
            "deadline": date(2027, 1, 20),
            "buyer": "Office public de l'habitat Inventé",
        },
    ),
    (
        "réservé ess",
        """Objet du marché : Accueil de jour et accompagnement social
Acheteur : Ville de Valence
Marché réservé aux entreprises de l'économie sociale et solidaire en application de l'article L2113-15
Lieu d'exécution : Valence (26)
Date limite de remise des plis : 7 janvier 2027
CPV : 85312000-9""",
        {
            "kind": "tender",
            "title": "Accueil de jour et accompagnement social",
            "reserved": ("ess",),
            "place": "26362",
            "deadline": date(2027, 1, 7),
            "cpv": ("85312000",),
            "buyer": "Ville de Valence",
        },
    ),
    (
        "réservé 12 et 13",
        """Intitulé : Blanchisserie du linge plat
Acheteur public : Centre hospitalier Fictif
Marché réservé en application des articles L. 2113-12 et L. 2113-13 du code de la commande publique
Lieu de livraison : Annonay
Valeur estimée : 88.000,00 euros
Remise des offres : 2027-01-18""",
        {
            "kind": "tender",
            "title": "Blanchisserie du linge plat",
            "reserved": ("ea_esat", "siae"),
            "place": "07010",
            "amount_eur": 88_000,
            "deadline": date(2027, 1, 18),
            "buyer": "Centre hospitalier Fictif",
        },
    ),
    (
        "lots réservés dans une phrase",
        """Objet de la consultation : Prestations de propreté urbaine
Pouvoir adjudicateur : Ville de Die
Lot n°1 : Balayage manuel
Lot n°2 : Entretien des sanitaires publics
Lot n°3 : Enlèvement des graffitis
Les lots n° 2 et 3 sont réservés aux structures d'insertion (SIAE).
Lieu d'exécution : Die
Date limite de dépôt des offres : 19/01/2027""",
        {
            "kind": "tender",
            "title": "Prestations de propreté urbaine",
            "place": "26113",
            "reserved": (),
            "deadline": date(2027, 1, 19),
            "lots": (
                ("1", "Balayage manuel", None, ()),
                ("2", "Entretien des sanitaires publics", None, ("siae",)),
                ("3", "Enlèvement des graffitis", None, ("siae",)),
            ),
        },
    ),
    (
        "offres avant",
        "Consultation : la mairie de Loriol-sur-Drôme recherche un prestataire pour la fauche des accotements. Offres à remettre avant le 22 décembre. Budget de 18 000 euros.",
        {
            "kind": "tender",
            "place": "26166",
            "amount_eur": 18_000,
            "deadline": date(2026, 12, 22),
            "title": "la fauche des accotements",
        },
    ),
    (
        "message court",
        "Salut, tu connaîtrais quelqu'un pour retaper 12 volets en bois à Dieulefit avant le printemps ? Budget 3 à 4000 €\nMerci d'avance\nCamille Lexemple\n06 00 00 00 00",
        {
            "kind": "message",
            "place": "26114",
            "amount_eur": 3_500,
            "compared": "tu connaîtrais quelqu'un pour retaper 12 volets en bois à Dieulefit avant le printemps ? Budget 3 à 4000 €",
        },
    ),
    (
        "message sous-traitance",
        "Bonjour à tous,\nmenuisier à Saillans, je cherche des sous-traitants pour la pose de 30 fenêtres, réponse souhaitée avant le 15 janvier.\nCordialement,\nDominique Personne\nAtelier de l'Exemple",
        {
            "kind": "message",
            "place": "26289",
            "deadline": date(2027, 1, 15),
            "subcontract": True,
            "compared": "menuisier à Saillans, je cherche des sous-traitants pour la pose de 30 fenêtres, réponse souhaitée avant le 15 janvier.",
        },
    ),
    (
        "message sans lieu",
        "Qui pourrait nous faire 500 affiches A3 et un petit site web ? environ 2 500 €",
        {
            "kind": "message",
            "place": None,
            "amount_eur": 2_500,
            "compared": "Qui pourrait nous faire 500 affiches A3 et un petit site web ? environ 2 500 €",
        },
    ),
    (
        "note téléphonique",
        "Note tél. : association à Livron cherche nettoyage de ses bureaux, 2 fois par semaine, 150 m². Rappeler avant le 10/12.",
        {"kind": "message", "place": "26165"},
    ),
    (
        "cession retraite",
        "Cède entreprise de menuiserie à Crest, départ en retraite du dirigeant. 6 salariés, CA 540 000 €, prix de vente 120 000 €, locaux en location. Les salariés sont intéressés par une reprise en Scop.",
        {
            "kind": "takeover",
            "place": "26108",
            "takeover.cause": "retirement",
            "takeover.headcount": 6,
            "takeover.turnover_eur": 540_000,
            "takeover.price_eur": 120_000,
            "takeover.premises": True,
            "takeover.employees_willing": True,
        },
    ),
    (
        "liquidation",
        """Tribunal de commerce de Romans
Liquidation judiciaire de la SARL Fonderie Imaginaire, à Romans-sur-Isère
Appel d'offres de reprise : fonderie d'aluminium, effectif : 23 salariés, chiffre d'affaires de 2,1 M€.
Offres de reprise avant le 18 décembre 2026 auprès de l'administrateur judiciaire.""",
        {
            "kind": "takeover",
            "place": "26281",
            "takeover.cause": "insolvency",
            "takeover.headcount": 23,
            "takeover.turnover_eur": 2_100_000,
            "takeover.holder": "SARL Fonderie Imaginaire",
            "deadline": date(2026, 12, 18),
        },
    ),
    (
        "patron qui part",
        "Bonjour, j'ai une boîte de plomberie chauffage à Nyons avec quatre salariés, je pars à la retraite l'an prochain et je n'ai pas de repreneur. Chiffre d'affaires : 480 k€.",
        {
            "kind": "takeover",
            "place": "26220",
            "takeover.cause": "retirement",
            "takeover.headcount": 4,
            "takeover.turnover_eur": 480_000,
        },
    ),
    (
        "usine déplacée",
        "Le groupe ferme le site d'Annonay et délocalise la production : 45 emplois. Un collectif de salariés cherche des appuis pour la reprise de l'activité de cartonnage.",
        {
            "kind": "takeover",
            "place": "07010",
            "takeover.cause": "relocation",
            "takeover.headcount": 45,
            "takeover.employees_willing": True,
        },
    ),
    (
        "fonds de commerce",
        "À vendre fonds de commerce d'épicerie et dépôt de pain à Vernoux-en-Vivarais, 2 personnes, prix demandé 65 000 €, murs non compris. Cause départ à la retraite. SIREN 732 829 320",
        {
            "kind": "takeover",
            "place": "07338",
            "takeover.cause": "retirement",
            "takeover.headcount": 2,
            "takeover.price_eur": 65_000,
            "takeover.holder_siren": "732829320",
        },
    ),
    (
        "reprise de concessions n'est pas une cession",
        """Objet du marché : Reprise de concessions au cimetière et reprise des enrobés
Acheteur : Commune de Saillans
Le candidat ne doit pas être en liquidation judiciaire ou en redressement judiciaire.
Date limite de réception des offres : 12/01/2027""",
        {
            "kind": "tender",
            "title": "Reprise de concessions au cimetière et reprise des enrobés",
            "place": "26289",
            "deadline": date(2027, 1, 12),
            "buyer": "Commune de Saillans",
        },
    ),
    (
        "courriel transmis",
        """De : Service achats <achats@exemple.invalid>
Envoyé : lundi 23 novembre 2026
À : Réseau d'exemple
Objet : Consultation mobilier en bois pour la médiathèque

Bonjour,
La ville de Portes-lès-Valence lance une consultation pour la fabrication de mobilier en bois sur mesure.
Budget : 30 000 € TTC
Réponses attendues pour le 21/12/2026.
Cordialement,""",
        {
            "kind": "tender",
            "title": "Consultation mobilier en bois pour la médiathèque",
            "place": "26252",
            "amount_eur": 30_000,
            "deadline": date(2026, 12, 21),
        },
    ),
    (
        "règlement de la consultation sur une seule ligne",
        """MAIRIE DE CREST 12 place du Général 26400 CREST
Objet du marché
Travaux de mise en accessibilité de la salle des fêtes
Date d'envoi de l'avis d'appel public à la concurrence : mardi 01/12/2026 Date limite de remise des offres : le \
mercredi 23/12/2026 à 12h00
MARCHE PUBLIC DE TRAVAUX
REGLEMENT DE LA CONSULTATION""",
        {
            "kind": "tender",
            "title": "Travaux de mise en accessibilité de la salle des fêtes",
            "place": "26108",
            "deadline": date(2026, 12, 23),
            "buyer": "MAIRIE DE CREST",
        },
    ),
    (
        "l'objet après le nom du document",
        """RÈGLEMENT DE LA CONSULTATION MARCHÉ PUBLIC DE MAÎTRISE D'ŒUVRE
Restauration des berges du ruisseau de la Lône
Date et heure limites de réception des offres : lundi 11 janvier 2027 à 16:00
1 - Objet et étendue de la consultation""",
        {
            "kind": "tender",
            "title": "Restauration des berges du ruisseau de la Lône",
            "deadline": date(2027, 1, 11),
        },
    ),
    (
        "acte d'engagement d'un syndicat mixte et son adresse",
        """SYNDICAT MIXTE DE GESTION DES RIVIERES DU BAS PAYS 2, boulevard des Lices 07200 AUBENAS
Plans de désherbage sans produits dans les communes du territoire
ACTE D'ENGAGEMENT (AE) Marché adapté passé en application du code de la commande publique""",
        {
            "kind": "tender",
            "title": "Plans de désherbage sans produits dans les communes du territoire",
            "buyer": "SYNDICAT MIXTE DE GESTION DES RIVIERES DU BAS PAYS",
        },
    ),
    (
        "une ville et son département au-dessus de l'objet",
        """VALENCE (26) – Maison de quartier
TRAVAUX DE PROTECTION CONTRE L'INCENDIE
REGLEMENT DE CONSULTATION
Maître d'ouvrage : Ville de Valence, service des bâtiments
Date et heure limites de réception des offres : le vendredi 8 janvier 2027 à 9h00""",
        {
            "kind": "tender",
            "title": "TRAVAUX DE PROTECTION CONTRE L'INCENDIE",
            "place": "26362",
            "deadline": date(2027, 1, 8),
            "buyer": "Ville de Valence",
        },
    ),
]
