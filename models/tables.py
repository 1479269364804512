"""Every table, imported in one place: metadata is complete once this module is."""

from sqlmodel import SQLModel

from models.accounts import (
    Account,
    AccountSession,
    ApiKey,
    Invitation,
    RecoveryCode,
    RequestCount,
    SavedView,
    Throttle,
)
from models.actors import Actor, Membership
from models.agreements import AgreementText, SignedAgreement
from models.alerts import Announcement, Night, NightPart, OutboxMessage
from models.audit import AuditEntry, AuditHead
from models.blind_sheets import BlindSheet
from models.brokerage import BrokerageCase, BrokerageStep
from models.changes import ChangeCounter, RowChange
from models.column_files import ColumnFile
from models.contacts import Contact
from models.finance_products import FinanceProduct
from models.financing import FinancingPlan
from models.handovers import HandoverGroup, HandoverTally
from models.imports import ConfidentialityAct, FileImport, ImportedRow
from models.interactions import Interaction, Mailing, MailTemplate
from models.open_data import (
    CompanyState,
    ContractWon,
    DuplicateProposal,
    PageStamp,
    Provenance,
    RawRecord,
    RefusedRecord,
    SourceName,
    StoredCaseNotice,
    SyncRun,
)
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.partners import Partner, Subscription
from models.places import Commune, FormerCommune
from models.proposals import CaseProposal, LineReach
from models.ratings import Rating
from models.reveal import AccountActor, CaseDocument, Consent
from models.revocations import LedgerHead, RevocationNotice
from models.row_history import CardCorrection, RowEdit
from models.set_aside import SetAside
from models.stated_needs import StatedNeed
from models.suggestions import Impression, RankedList, Suggestion
from models.takeover_candidates import TakeoverCandidate
from models.takeover_facts import TakeoverFacts, TakeoverYear
from models.takeovers import TakeoverDate, TakeoverFile, TakeoverStep
from models.teasers import RegisterCount, RegisterExtract, TeaserLine
from models.vectors import TextVector
from models.weights import WeightsVersion

metadata = SQLModel.metadata

__all__ = [
    "Account",
    "AccountActor",
    "AccountSession",
    "Actor",
    "AgreementText",
    "Announcement",
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "BlindSheet",
    "BrokerageCase",
    "BrokerageStep",
    "CardCorrection",
    "CaseDocument",
    "CaseProposal",
    "ChangeCounter",
    "ColumnFile",
    "Commune",
    "CompanyState",
    "ConfidentialityAct",
    "Consent",
    "Contact",
    "ContractWon",
    "DuplicateProposal",
    "FileImport",
    "FinanceProduct",
    "FinancingPlan",
    "FormerCommune",
    "HandoverGroup",
    "HandoverTally",
    "ImportedRow",
    "Impression",
    "Interaction",
    "Invitation",
    "LedgerHead",
    "LineReach",
    "Lot",
    "MailTemplate",
    "Mailing",
    "Membership",
    "Night",
    "NightPart",
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
    "RegisterCount",
    "RegisterExtract",
    "RequestCount",
    "RevocationNotice",
    "RowChange",
    "RowEdit",
    "SavedView",
    "SetAside",
    "SignedAgreement",
    "SourceName",
    "StatedNeed",
    "StoredCaseNotice",
    "Subscription",
    "Suggestion",
    "SyncRun",
    "TakeoverCandidate",
    "TakeoverCase",
    "TakeoverDate",
    "TakeoverFacts",
    "TakeoverFile",
    "TakeoverStep",
    "TakeoverYear",
    "TeaserLine",
    "TextVector",
    "Throttle",
    "WeightsVersion",
    "metadata",
]
