"""Every table, imported in one place: metadata is complete once this module is."""

from sqlmodel import SQLModel

from models.actors import Actor, Membership
from models.keys import ApiKey
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.places import Commune, FormerCommune
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector
from models.weights import WeightsVersion

metadata = SQLModel.metadata

__all__ = [
    "Actor",
    "ApiKey",
    "Commune",
    "FormerCommune",
    "Impression",
    "Lot",
    "Membership",
    "Opportunity",
    "RankedList",
    "Suggestion",
    "TakeoverCase",
    "TextVector",
    "WeightsVersion",
    "metadata",
]
