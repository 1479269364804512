"""Divisions and sections of NAF rev. 2 in our own short words, for what must not be said more precisely."""

from bisect import bisect_right
from functools import cache

from api.core.digits import is_digits
from matcher.nomenclature import naf_classes

# The first division of each section, in the nomenclature's order.
_SECTIONS = {
    1: "agriculture, forêt et pêche",
    5: "carrières et mines",
    10: "industrie et fabrication artisanale",
    35: "énergie",
    36: "eau et déchets",
    41: "bâtiment et travaux publics",
    45: "commerce et réparation automobile",
    49: "transport et entreposage",
    55: "hébergement et restauration",
    58: "information et communication",
    64: "banque et assurance",
    68: "immobilier",
    69: "conseil, études et création",
    77: "services aux entreprises",
    84: "administration publique",
    85: "formation",
    86: "santé et action sociale",
    90: "arts, sports et loisirs",
    94: "autres services aux personnes",
    97: "emploi à domicile",
    99: "organismes internationaux",
}
_DIVISIONS = {
    "01": "cultures et élevage",
    "02": "forêt et bûcheronnage",
    "03": "pêche et pisciculture",
    "08": "carrières",
    "10": "produits alimentaires",
    "11": "boissons",
    "13": "textile",
    "14": "vêtements",
    "15": "cuir et chaussure",
    "16": "travail du bois",
    "17": "papier et carton",
    "18": "imprimerie",
    "20": "produits chimiques",
    "21": "médicaments",
    "22": "plastique et caoutchouc",
    "23": "verre, céramique, béton et pierre",
    "24": "métallurgie",
    "25": "travail des métaux",
    "26": "électronique et optique",
    "27": "équipements électriques",
    "28": "machines",
    "29": "véhicules et remorques",
    "30": "autres matériels de transport",
    "31": "meubles",
    "32": "autres fabrications",
    "33": "réparation et installation de machines",
    "35": "énergie",
    "36": "eau potable",
    "37": "assainissement",
    "38": "déchets et réemploi",
    "39": "dépollution",
    "41": "construction de bâtiments",
    "42": "travaux publics",
    "43": "travaux spécialisés du bâtiment",
    "45": "garages et commerce automobile",
    "46": "commerce de gros",
    "47": "commerce de détail",
    "49": "transport par route et par rail",
    "50": "transport par eau",
    "51": "transport aérien",
    "52": "entreposage et logistique",
    "53": "courrier et colis",
    "55": "hébergement",
    "56": "restauration",
    "58": "édition",
    "59": "audiovisuel et cinéma",
    "60": "radio et télévision",
    "61": "télécommunications",
    "62": "informatique",
    "63": "services d’information",
    "64": "services financiers",
    "65": "assurance",
    "66": "courtage financier et d’assurance",
    "68": "immobilier",
    "69": "droit et comptabilité",
    "70": "conseil de gestion",
    "71": "architecture, ingénierie et contrôle",
    "72": "recherche",
    "73": "publicité et études de marché",
    "74": "design, photo et autres expertises",
    "75": "vétérinaires",
    "77": "location de matériel",
    "78": "intérim et emploi",
    "79": "voyages",
    "80": "sécurité",
    "81": "nettoyage et espaces verts",
    "82": "services administratifs",
    "84": "administration publique",
    "85": "formation",
    "86": "santé",
    "87": "hébergement médico-social",
    "88": "action sociale et garde d’enfants",
    "90": "spectacle et création",
    "91": "patrimoine et bibliothèques",
    "92": "jeux",
    "93": "sport et loisirs",
    "94": "organisations associatives",
    "95": "réparation d’objets",
    "96": "services à la personne (beauté, linge, bien-être)",
}
# A group is named by its classes, where they can be read in one breath.
_MOST_CLASSES = 4


def division_name(code: str) -> str | None:
    """Return the words of the division of a NAF code (« 43.32A » → « travaux spécialisés du bâtiment »)."""
    return _DIVISIONS.get(code[:2])


def section_name(code: str) -> str | None:
    """Return the words of the section of a NAF code; None where it is no code."""
    first = section_start(code)
    return _SECTIONS[first] if first else None


def section_start(code: str) -> int | None:
    """Return the first division of a code's section, which stands for it."""
    if not is_digits(code[:2]) or int(code[:2]) < 1:
        return None
    starts = list(_SECTIONS)
    return starts[bisect_right(starts, int(code[:2])) - 1]


@cache
def group_name(group: str) -> str | None:
    """Return the classes of a group (« 43.3 ») in words; None where they are too many, or one, or none."""
    names = [naf.name for naf in naf_classes().values() if naf.code[:4] == group]
    return " ou ".join([", ".join(names[:-1]), names[-1]]) if 2 <= len(names) <= _MOST_CLASSES else None
