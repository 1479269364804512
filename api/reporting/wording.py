"""The report in French: names and definitions of its columns."""

COLUMNS = {
    "received": "Opportunités reçues",
    "taken": "Dossiers ouverts",
    "introduced": "Mises en relation",
    "won": "Gagnés",
    "lost": "Perdus",
    "refused": "Refusés",
    "jobs_created": "Emplois créés",
    "jobs_kept": "Emplois maintenus",
    "answers": "Réponses de partenaires",
    "favourable": "dont favorables",
}
JOBS_UNKNOWN = "Gagnés sans emplois renseignés"
DEFINITIONS = {
    "Opportunités reçues": (
        "débouchés et cas de reprise parus dans l’année ou, sans date de parution, entrés dans l’outil cette "
        "année-là ; un marché alloti compte une fois ; les marchés déjà attribués, importés comme historique "
        "(DECP), ne comptent pas"
    ),
    "Dossiers ouverts": (
        "rapprochements d’un acteur et d’une opportunité (ou d’un de ses lots) qu’un·e animateur·rice a ouverts "
        "dans l’année ; un dossier annulé, ouvert par erreur, ne compte dans aucune colonne"
    ),
    "Mises en relation": (
        "dossiers dont les deux parties ont été mises en relation dans l’année ; ce sur quoi on est revenu ne "
        "compte pas"
    ),
    "Gagnés, perdus, refusés": (
        "dossiers clos dans l’année, dans l’état où ils sont aujourd’hui ; « refusé » : par l’acteur, « perdu » : "
        "pour toute autre cause"
    ),
    "Emplois créés, emplois maintenus": (
        "nombres déclarés pour les dossiers gagnés dans l’année ; ce qui n’est pas renseigné compte pour zéro, "
        "et le nombre de ces dossiers est dit"
    ),
    "Réponses de partenaires": (
        "avis en vigueur aujourd’hui, donnés dans l’année sur une opportunité proposée ; « favorables » : toute "
        "autre réponse que « Pas pour nous »"
    ),
    "Motifs": "raisons des refus et des pertes ; un dossier peut en avoir plusieurs, ou aucune pour une perte",
    "Axe": (
        "celui que l’équipe a donné à l’opportunité ; à défaut, il est supposé : axe 3 pour une reprise, axe 1 si son "
        "code NAF ou CPV relève des services à la personne, des déchets ou de la filière bois, axe 2 sinon"
    ),
    "Département": "celui de l’opportunité, non celui de l’acteur",
}
UNKNOWN_DEPARTMENT = "non renseigné"
