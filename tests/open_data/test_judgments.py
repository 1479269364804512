"""What a judgment does to a takeover case, by its nature or, for « Autre jugement … », by its text.

The wordings are those of commercial and civil courts as BODACC published them in 2026, without names: natures in
rule.yml of annuaire-entreprises-data-gouv-fr/search-infra, texts in Bencode92/CHECKING-M-A (data/bodacc_alerts.json).
"""

import pytest

from api.open_data.sources.judgments import public_extract, read_judgment

CIVIL = "Extrait de jugement Autre jugement et ordonnance"
TRUSTEE = " - Liquidateur : SELARL LES CANARIS, 3 rue du Port, 26000 VALENCE - N° RG : 25/00123"
CLAIMS = (
    " - Les déclarations des créances sont à adresser au liquidateur judiciaire ou sur le portail électronique prévu"
    " par les articles L. 814-2 et L. 814-13 du code de commerce dans les deux mois à compter de la publication."
)
LACKING, PAID = "insufficient_assets", "debts_paid"

NATURES = [
    ("Jugement d'ouverture de liquidation judiciaire", "opening"),
    ("Jugement d'ouverture d'une procédure de redressement judiciaire", "opening"),
    ("Jugement d'extension de liquidation judiciaire", "opening"),
    ("Jugement de reprise de la procédure de liquidation judiciaire", "opening"),
    ("Jugement de conversion en liquidation judiciaire", "conversion"),
    ("Jugement de conversion en redressement judiciaire de la procédure de sauvegarde", "conversion"),
    ("Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire", "opening"),
    ("Jugement prononçant la résolution du plan de cession et la liquidation judiciaire", "opening"),
    (
        "Jugement mettant fin à la procédure de traitement de sortie de crise et ouvrant une procédure de liquidation"
        " judiciaire",
        "opening",
    ),
    ("Jugement prononçant la résolution du plan de sauvegarde", None),
    ("Jugement d'ouverture d'une procédure de sauvegarde", None),
    ("Jugement arrêtant un plan de cession", "sold"),
    ("Jugement de plan de redressement", "plan"),
    ("Jugement arrêtant le plan de sauvegarde", "plan"),
    ("Jugement modifiant le plan de redressement", None),
    ("Jugement de clôture pour insuffisance d'actif", LACKING),
    ("Jugement de clôture pour insuffisance d'actif et autorisant la reprise des poursuites individuelles", LACKING),
    ("Jugement de clôture pour extinction du passif", PAID),
    ("Jugement de clôture Autre jugement de clôture", "closed"),
    ("Jugement de clôture de la procédure de sauvegarde", None),
    ("Jugement prononçant la clôture de la procédure de rétablissement professionnel", None),
    ("Jugement mettant fin à la procédure de redressement judiciaire", "ended"),
    (
        "Rétractation sur tierce opposition Rétractation de jugement d'ouverture sur tierce opposition",
        "withdrawn",
    ),
    ("Avis de dépôt Dépôt de l'état des créances", None),
    (
        "Avis de dépôt Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire",
        None,
    ),
    ("Jugement d'ouverture Jugement de désignation des organes de la procédure", None),
    ("Jugement accordant un délai pour déposer la liste des créances", None),
    ("Jugement de faillite personnelle", None),
    ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", None),
]

TEXTS = [
    # Openings and conversions.
    ("Ouvre les opérations de la liquidation judiciaire" + TRUSTEE + CLAIMS, "opening"),
    ("Ouvre la procédure de redressement - Date de cessation des paiements : 06 Novembre 2025" + CLAIMS, "opening"),
    ("Ouvre la liquidation judiciaire après résolution du plan de redressement" + TRUSTEE, "opening"),
    (
        "Prononce la résolution du plan adopté le 4 mai 2014 et l'ouverture d'une procédure de liquidation judiciaire",
        "opening",
    ),
    ("Jugement prononçant la liquidation judiciaire simplifiée désignant liquidateur Selarl X.", "opening"),
    ("Le tribunal ouvre le 26 janvier 2026 une procédure de liquidation judiciaire à l'égard de l'A.", "opening"),
    ("Prononce la liquidation judiciaire sur conversion de la procédure de redressement" + TRUSTEE, "conversion"),
    (
        "Jugement prononçant la liquidation judiciaire. Fixe à deux ans le délai au terme duquel la clôture de la"
        " procédure devra être prononcée.",
        "opening",
    ),
    ("Ouvre la liquidation judiciaire. L'examen de la clôture de la procédure aura lieu le 5 mai 2028.", "opening"),
    # Ends: without assets, with the debts paid, or for another reason.
    ("Clôture pour insuffisance d'actif" + TRUSTEE, LACKING),
    ("Clôture pour insuffisance d’actif - N° RG : 22/00235", LACKING),
    ("CLOTURE POUR INSUFFISANCE D'ACTIF", LACKING),
    ("Clôture pour extinction du passif - Date de cessation des paiements : 06 Mai 2012" + TRUSTEE, PAID),
    ("PRONONCE la clôture des opérations de liquidation judiciaire pour insuffisance d'actif.", LACKING),
    ("Jugement prononçant la clôture de la prcédure pour insuffisance d'actif", LACKING),
    ("La procédure de liquidation judiciaire a été clôturée pour extinction du passif.", PAID),
    ("Ordonne la clôture de la procédure de liquidation judiciaire.", "closed"),
    (
        "Par jugement du 3 mars 2020, le tribunal a ouvert la liquidation judiciaire de l'association. Par jugement du"
        " 5 novembre 2026, il a prononcé la clôture de la procédure pour insuffisance d'actif.",
        LACKING,
    ),
    ("Clôture pour insuffisance d'actif" + TRUSTEE + " - Clôture de la liquidation pour insuffisance d'actif", LACKING),
    # Plans.
    (
        "Arrête un plan de redressement - Selon les modalités suivantes : Paiement des créances inférieures à 500 € dès"
        " l’adoption du plan, Reprise des créances bancaires à échoir jusqu’au terme de chaque prêt.",
        "plan",
    ),
    ("Clôture la procédure de redressement après arrêté d'un plan - N° RG : 11/05879", "plan"),
    ("RLJ arrête le plan de cession totale sans location gérance - N° RG : 25/00841", "sold"),
    ("Arrête le plan de cession de l'entreprise. Prononce la liquidation judiciaire.", "sold"),
    ("arrête le plan de cession partielle de la société X au profit de la société Y", None),
    ("Arrête le plan de redressement par voie de continuation" + TRUSTEE, "plan"),
    ("RLJ arrête le plan de continuation - N° RG : 24/00017", "plan"),
    ("Homologue le plan de redressement de l'association pour une durée de 10 ans.", "plan"),
    ("Jugement prononçant la modification substantielle du plan de continuation.", None),
    ("Met fin à la procédure de redressement judiciaire.", "ended"),
    ("Rétracte le jugement d'ouverture du 5 janvier 2026.", "withdrawn"),
    # Nothing.
    ("Ordonnance prorogeant la vérification, dans la liquidation judiciaire.", None),
    ("Proroge de six mois le délai de clôture de la liquidation judiciaire.", None),
    ("Rejette la demande d'ouverture d'une procédure de redressement judiciaire.", None),
    ("Dit n'y avoir lieu à prononcer la liquidation judiciaire.", None),
    ("Ordonnance Juge commissaire: Acceptation - Avis de dépôt de l'état des créances.", None),
    ("Prononce l'interdiction de gérer du dirigeant de la société en liquidation judiciaire.", None),
    ("Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire.", None),
    ("28/01/2026 ouvre une procédure de rétablissement professionnel", None),
    ("Prolonge la mission de l'administrateur provisoire de la copropriété.", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("nature", "step"), NATURES)
def test_of_a_nature_that_says_it_the_nature_decides(nature: str, step: str | None) -> None:
    judgment = read_judgment(nature, "Clôture. Arrête le plan.")
    assert (judgment.step, judgment.unread) == (step, "")


@pytest.mark.parametrize(("text", "step"), TEXTS)
@pytest.mark.parametrize(
    "nature", [CIVIL, "Autres jugements et ordonnances", "Jugement prononçant Autre jugement prononçant"]
)
def test_of_another_judgment_the_text_decides(nature: str, text: str, step: str | None) -> None:
    assert read_judgment(nature, text).step == step
    assert bool(read_judgment(nature, text).unread) == (not text)


@pytest.mark.parametrize("text", [text for text, _ in TEXTS])
def test_what_is_kept_of_a_text_says_the_same_and_names_nobody(text: str) -> None:
    kept = public_extract(text)
    assert read_judgment(CIVIL, kept) == read_judgment(CIVIL, text)
    assert public_extract(kept) == kept
    assert "CANARI" not in kept


@pytest.mark.parametrize(("text", "step"), TEXTS)
def test_only_an_opening_names_a_procedure(text: str, step: str | None) -> None:
    """A closing never makes a new case: only what has a procedure does."""
    assert bool(read_judgment(CIVIL, text).procedure) == (step in ("opening", "conversion"))
