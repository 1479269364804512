"""The ten jobs of a facilitator, and how many clicks and typed fields each may take from a signed-in home page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """at_most: clicks and typed fields, counted from the home page. template: of the page that its picture shows."""

    words: str
    at_most: int
    template: str


JOBS = {
    1: Job("coller un avis : qui appeler pour chaque lot, et le garder comme opportunité", 4, "opportunite.html"),
    2: Job("retrouver un couvreur à demi-nom, l’appeler, noter l’appel", 4, "acteur.html"),
    3: Job("ajouter un acteur par son SIREN, avec le téléphone de la personne", 6, "acteur.html"),
    4: Job("corriger la commune et l’effectif d’un acteur, puis annuler", 5, "acteur.html"),
    5: Job("ce qui est nouveau, et les échéances de la semaine", 1, "ma_journee.html"),
    6: Job("une menuiserie à reprendre : trois rôles, un dossier avec les trois", 4, "reprise_roles.html"),
    7: Job("écrire le même modèle à quatre acteurs, suivre qui répond", 6, "courrier.html"),
    8: Job("une feuille propre de trois acteurs pour un acheteur, imprimée et en XLSX", 4, "feuille.html"),
    9: Job("importer l’annuaire tel que le bureau le tient, chaque ligne vue avant", 5, "apercu.html"),
    10: Job("révéler un cas confidentiel à un acteur, voir qui a su quoi", 8, "reprise_vu.html"),
}
