"""The fields that are searched."""

from collections.abc import Mapping
from enum import StrEnum


class Part(StrEnum):
    """A field that is searched; the value is how a reader is told that it matched."""

    NAME = "nom"
    TITLE = "intitulé"
    LOT = "lot"
    NUMBER = "SIREN ou SIRET"
    PLACE = "lieu"
    BUYER = "acheteur"
    TRADE = "métier"
    KIND = "type"
    CODE = "code d’activité"
    DESCRIPTION = "description"
    PERSON = "personne"
    ROLE = "fonction"
    PHONE = "téléphone"
    EMAIL = "courriel"


# How much a word counts in each of them.
WEIGHTS: Mapping[Part, float] = {
    Part.NAME: 1.0,
    Part.TITLE: 1.0,
    Part.NUMBER: 1.0,
    Part.BUYER: 0.9,
    Part.PLACE: 0.9,
    Part.LOT: 0.8,
    Part.TRADE: 0.8,
    Part.KIND: 0.6,
    Part.CODE: 0.4,
    Part.DESCRIPTION: 0.3,
    Part.PERSON: 1.0,
    Part.PHONE: 1.0,
    Part.EMAIL: 0.7,
    Part.ROLE: 0.5,
}
