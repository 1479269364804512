"""Replays the ledger's entries on a restored database: what was revoked since its backup is revoked again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, SQLModel, col, select

from api.accounts import second_factor
from api.accounts.accounts import ADMINISTRATOR, FACILITATOR, ROLES
from api.interactions.forgetting import forget_contacts
from api.privacy.ledger import Ledger, Line
from api.privacy.personal_data import BLANK, erase_rows
from api.stated_needs.kinds import StatedStatus
from api.stated_needs.stating import blank
from models.accounts import Account, AccountSession, ApiKey, Invitation, RecoveryCode
from models.actors import Actor
from models.alerts import OutboxMessage
from models.blind_sheets import BlindSheet
from models.contacts import Contact
from models.opportunities import Opportunity
from models.partners import Partner, Subscription
from models.proposals import CaseProposal
from models.reveal import AccountActor, CaseDocument, Consent
from models.stated_needs import StatedNeed

RowT = TypeVar("RowT", bound=SQLModel)

# What is lifted by what. All else stands for good: given again, it has another row.
LIFTED = {
    "account:enabled": ("account:disabled",),
    "actor:given": ("actor:taken",),
    "partner:resumed": ("partner:unsubscribed", "partner:suspended"),
    "partner:unsubscribed": ("partner:suspended",),
    "subscription:confirmed": ("subscription:stopped",),
    "subscription:unpaused": ("subscription:paused",),
    "record:shown": ("record:hidden",),
    "teaser:given": ("teaser:withdrawn",),
}
# Withdrawn by nobody of today.
RESTORATION = "restauration"


def standing_marks(lines: Iterable[Line]) -> dict[str, set[str]]:
    """Return kind → the marks of what is still revoked after these entries, in their order."""
    standing: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        # Of a mail, the first mark is the mail's own; the others are what it told.
        own_marks = line.marks[:1]
        for lifted_kind in LIFTED.get(line.kind, ()):
            standing[lifted_kind].difference_update(own_marks)
        standing[line.kind].update(own_marks)
    return standing


class Replay:
    """Revokes again, in the caller's unit of work. counts: kind → rows that were changed."""

    def __init__(self, session: Session, ledger: Ledger, lines: Sequence[Line], *, by: str, now: datetime) -> None:
        self._session, self._ledger, self._by, self._now = session, ledger, by, now
        self._standing = standing_marks(lines)
        # Mark of an account and a role → the number of the last entry that gave it.
        self._given_roles = {line.marks[0]: line.number for line in lines if line.kind == "account:role"}
        self.counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Revoke all of it, end every session and every invitation; return the counts."""
        self._erase_persons()
        for consent in self._named(Consent, "consent:withdrawn"):
            if consent.withdrawn_at is None:
                consent.withdrawn_at, consent.withdrawn_by = self._now, RESTORATION
                self._count("consent:withdrawn")
        for api_key in self._named(ApiKey, "key:revoked"):
            if api_key.revoked_at is None:
                api_key.revoked_at = self._now
                self._count("key:revoked")
        self._close_accounts()
        self._stop_subscriptions()
        self._hide_records()
        for sheet in self._named(BlindSheet, "sheet:withdrawn"):
            if sheet.withdrawn_at is None:
                sheet.withdrawn_at, sheet.withdrawn_by = self._now, RESTORATION
                self._count("sheet:withdrawn")
        for document in self._named(CaseDocument, "document:removed"):
            self._session.delete(document)
            self._count("document:removed")
        for proposal in self._named(CaseProposal, "proposal:withdrawn"):
            if proposal.withdrawn_at is None:
                proposal.withdrawn_at, proposal.withdrawn_by = self._now, RESTORATION
                self._count("proposal:withdrawn")
        for need in self._named(StatedNeed, "need:withdrawn"):
            if need.status != StatedStatus.WITHDRAWN:
                blank(need)
                self._count("need:withdrawn")
        self._settle_mails()
        self._end_sessions()
        self._session.flush()
        return self.counts

    def _erase_persons(self) -> None:
        for account in self._named(Account, "person:erased"):
            erase_rows(self._session, account, None, by=self._by, now=self._now)
            self._count("person:erased")
        for partner in self._named(Partner, "person:erased"):
            erase_rows(self._session, None, partner, by=self._by, now=self._now)
            self._count("person:erased")
        for contact in self._named(Contact, "contact:erased"):
            forget_contacts(self._session, [contact.id])
            self._session.delete(contact)
            self._count("contact:erased")
        self._session.flush()

    def _close_accounts(self) -> None:
        for account in self._named(Account, "account:disabled"):
            if account.disabled_at is None:
                account.disabled_at = self._now
                self._count("account:disabled")
        for account in self._named(Account, "account:password"):
            # The new one is not in the backup, and the old one may be known to others: a link sets another.
            if account.password_hash:
                account.password_hash = None
                self._count("account:password")
        for account in self._named(Account, "account:factor"):
            # It was lost, or known to others: a new one is set up after the next sign-in.
            if account.totp_confirmed_at:
                second_factor.forget(self._session, account)
                self._count("account:factor")
        for account in self._named(Account, "recovery_code:used"):
            # Which of them were used, the ledger does not say: they are made anew with the second factor.
            codes = self._session.exec(select(RecoveryCode).where(RecoveryCode.account_id == account.id)).all()
            for recovery_code in codes:
                self._session.delete(recovery_code)
                self._count("recovery_code:used")
        for account in self._session.exec(select(Account)).all():
            # Only ever lowered.
            if account.role == ADMINISTRATOR and self._last_role(account.id) == FACILITATOR:
                account.role = FACILITATOR
                self._count("account:role")
        for link in self._session.exec(select(AccountActor)).all():
            if self._ledger.mark(link.account_id, link.actor_id) in self._standing["actor:taken"]:
                self._session.delete(link)
                self._count("actor:taken")

    def _last_role(self, account_id: str) -> str | None:
        given = {self._given_roles.get(self._ledger.mark(account_id, role), 0): role for role in ROLES}
        return given[max(given)] if max(given) else None

    def _stop_subscriptions(self) -> None:
        for status in ("suspended", "unsubscribed"):
            for partner in self._named(Partner, f"partner:{status}"):
                if partner.status not in (status, "unsubscribed"):
                    partner.status, partner.updated_at = status, self._now
                    self._count(f"partner:{status}")
        for subscription in self._named(Subscription, "subscription:stopped"):
            if subscription.confirmed_at is not None:
                subscription.confirmed_at = None
                self._count("subscription:stopped")
        for subscription in self._named(Subscription, "subscription:paused"):
            if subscription.frequency != "paused":
                subscription.frequency = "paused"
                self._count("subscription:paused")
        for subscription in self._named(Subscription, "subscription:removed"):
            self._session.delete(subscription)
            self._count("subscription:removed")

    def _hide_records(self) -> None:
        hidden: list[Opportunity | Actor] = [
            *self._named(Opportunity, "record:hidden"),
            *self._named(Actor, "record:hidden"),
        ]
        for record in hidden:
            if not record.confidential:
                record.confidential, record.updated_at = True, self._now
                self._count("record:hidden")
        for opportunity in self._named(Opportunity, "teaser:withdrawn"):
            if opportunity.teaser:
                opportunity.teaser, opportunity.updated_at = None, self._now
                self._count("teaser:withdrawn")

    def _settle_mails(self) -> None:
        for message in self._named(OutboxMessage, "mail:sent"):
            if message.status != "sent":
                message.status, message.sent_at, message.last_error = "sent", self._now, ""
                message.lease_owner = message.leased_until = None
                self._count("mail:sent")
        for message in self._named(OutboxMessage, "mail:cancelled"):
            if message.status == "pending":
                for field_name, blank_value in BLANK.items():
                    setattr(message, field_name, blank_value)
                message.status, message.lease_owner, message.leased_until = "cancelled", None, None
                self._count("mail:cancelled")

    def _end_sessions(self) -> None:
        for open_session in self._session.exec(select(AccountSession).where(col(AccountSession.revoked_at).is_(None))):
            open_session.revoked_at = self._now
            self._session.add(open_session)
            self._count("session:ended")
        for invitation in self._session.exec(select(Invitation).where(col(Invitation.used_at).is_(None))):
            invitation.used_at = self._now
            self._session.add(invitation)
            self._count("invitation:ended")

    def _named(self, table: type[RowT], kind: str) -> Sequence[RowT]:
        marks: AbstractSet[str] = self._standing.get(kind, frozenset())
        if not marks:
            return ()
        key = table.__table__.c.id  # type: ignore[attr-defined]
        row_ids = [row_id for (row_id,) in self._session.execute(select(key)) if self._ledger.mark(row_id) in marks]
        return [self._session.get_one(table, row_id) for row_id in row_ids]

    def _count(self, kind: str) -> None:
        self.counts[kind] += 1
