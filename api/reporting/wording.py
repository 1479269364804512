"""The report in French: names and definitions of its columns."""

from collections.abc import Callable, Mapping

from api.core.french import DEPARTMENTS
from api.reporting.figures import CONFIDENTIAL, Figures

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
    "Étapes": (
        "des dossiers et des reprises suivis dans l’année : ouverts à un moment de l’année, ou clos pendant elle. "
        "« Arrivés à l’étape ou plus loin » : depuis leur ouverture, jusqu’à la fin de l’année ou jusqu’à "
        "aujourd’hui ; « à cette étape » : à cette même date ; « délai médian » : entre l’arrivée à une étape et le "
        "départ, pour les passages qui ont pris fin dans l’année et dont on connaît le début ; une correction efface "
        "ce qu’elle corrige"
    ),
    "Reprises accomplies, emplois maintenus par elles": (
        "ce que dit le suivi des reprises, compté à part : le dossier gagné du repreneur compte les mêmes emplois"
    ),
    "Territoire": (
        "l’intercommunalité de la commune de l’opportunité ; un cas confidentiel n’est situé que dans son "
        "département, pour que la carte n’en dise rien"
    ),
    "Département": "celui de l’opportunité, non celui de l’acteur",
}
UNKNOWN_DEPARTMENT = "non renseigné"
ALL = "Tous"
# What is told apart by whether the axis is given or assumed.
CERTAINTY: Mapping[str, Callable[[Figures], int]] = {
    "Reçues": lambda figures: figures.received,
    "Dossiers ouverts": lambda figures: figures.taken,
    "Gagnés": lambda figures: figures.won,
    "Emplois": lambda figures: figures.jobs_created + figures.jobs_kept,
}
TERRITORY_COUNTS = ("received", "taken", "introduced", "won", "jobs_created", "jobs_kept")
UNPLACED = {CONFIDENTIAL: "Cas confidentiels (non situés)", "": "Lieu non renseigné, ou hors de la liste"}
REACHED, STANDING = "Arrivés à l’étape ou plus loin", "À cette étape"
STAGE_COLUMNS = (REACHED, STANDING, "Délai médian (jours)", "Passages comptés")


def department_in_words(code: str | None) -> str:
    """Return « Drôme (26) »; the code alone if its name is unknown."""
    if not code:
        return UNKNOWN_DEPARTMENT
    return f"{DEPARTMENTS[code]} ({code})" if code in DEPARTMENTS else code
