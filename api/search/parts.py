"""The fields that are searched."""

from collections.abc import Mapping
from enum import StrEnum


class Part(StrEnum):
    """A field that is searched."""

    NAME = "name"
    TITLE = "title"
    LOT = "lot"
    NUMBER = "number"
    PLACE = "place"
    BUYER = "buyer"
    TRADE = "trade"
    KIND = "kind"
    CODE = "code"
    DESCRIPTION = "description"
    PERSON = "person"
    ROLE = "role"
    PHONE = "phone"
    EMAIL = "email"


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

# What a reader is told that something was found by.
MATCHED: Mapping[Part, str] = {
    Part.NAME: "le nom",
    Part.TITLE: "l’intitulé",
    Part.LOT: "un lot",
    Part.NUMBER: "le numéro",
    Part.PLACE: "le lieu",
    Part.BUYER: "l’acheteur",
    Part.TRADE: "le métier",
    Part.KIND: "le type",
    Part.CODE: "le code d’activité",
    Part.DESCRIPTION: "la description",
    Part.PERSON: "le nom",
    Part.ROLE: "la fonction",
    Part.PHONE: "le téléphone",
    Part.EMAIL: "le courriel",
}
