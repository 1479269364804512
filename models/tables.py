"""Every table, imported in one place: metadata is complete once this module is."""

from sqlmodel import SQLModel

from models.accounts import Account, AccountSession, ApiKey, Invitation, RecoveryCode, RequestCount, Throttle
from models.actors import Actor, Membership
from models.alerts import Announcement, Night, OutboxMessage
from models.audit import AuditEntry, AuditHead
from models.brokerage import BrokerageCase, BrokerageStep
from models.changes import ChangeCounter, RowChange
from models.open_data import (
    ContractWon,
    DuplicateProposal,
    PageStamp,
    Provenance,
    RawRecord,
    RefusedRecord,
    SourceName,
    SyncRun,
)
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.partners import Partner, Subscription
from models.places import Commune, FormerCommune
from models.ratings import Rating
from models.reveal import AccountActor, CaseDocument, Consent
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector
from models.weights import WeightsVersion

metadata = SQLModel.metadata

__all__ = [
    "Account",
    "AccountActor",
    "AccountSession",
    "Actor",
    "Announcement",
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "BrokerageCase",
    "BrokerageStep",
    "CaseDocument",
    "ChangeCounter",
    "Commune",
    "Consent",
    "ContractWon",
    "DuplicateProposal",
    "FormerCommune",
    "Impression",
    "Invitation",
    "Lot",
    "Membership",
    "Night",
    "Opportunity",
    "OutboxMessage",
    "PageStamp",
    "Partner",
    "Provenance",
    "RankedList",
    "Rating",
    "RawRecord",
    "RecoveryCode",
    "RefusedRecord",
    "RequestCount",
    "RowChange",
    "SourceName",
    "Subscription",
    "Suggestion",
    "SyncRun",
    "TakeoverCase",
    "TextVector",
    "Throttle",
    "WeightsVersion",
    "metadata",
]
