"""A database with one of everything that can be revoked, and the rights that stand in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.accounts import accounts, api_keys, partner_accounts, sessions
from api.accounts.tokens import digest
from api.catalogue import record_changes
from api.confidentiality.disclosure import ConsentSide, grant_consent, revoke_consent
from api.confidentiality.documents import remove_document
from api.core.settings import Settings
from api.privacy import restoring
from api.privacy.personal_data import erase_person
from api.privacy.restoring import Restored, Signature
from api.privacy.revocations import revocations_of
from api.stated_needs.stating import withdraw_need
from api.subscriptions import confirming, subscriptions
from api.takeovers.reach.proposals import propose
from api.takeovers.reach.proposals import withdraw as withdraw_proposal
from api.takeovers.sheet.blind_sheets import withdraw_sheet
from models.accounts import Account, AccountSession, ApiKey, Invitation, RecoveryCode
from models.actors import Actor
from models.alerts import Announcement, OutboxMessage
from models.blind_sheets import BlindSheet
from models.contacts import Contact
from models.database import open_database, reading, writing
from models.opportunities import Opportunity
from models.partners import Partner, Subscription
from models.proposals import CaseProposal
from models.reveal import AccountActor, CaseDocument, Consent
from models.revisions import MIGRATIONS
from models.stated_needs import StatedNeed
from models.suggestions import Suggestion
from tests.support.databases import copy_database, url_of
from tests.support.night_world import add_actor, add_case
from tests.support.options import OPTIONS

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOKEN = "jeton"
MESSAGES = ("m0", "m1", "m2")


@dataclass(frozen=True)
class Revocable:
    """A database that is opened with its ledger, and the settings of both."""

    engine: Engine
    options: Settings
    case_id: str
    actor_id: str


def revocable(folder: Path, empty_database: Path) -> Revocable:
    """Make one of everything in a folder: two administrators, a partner who follows, a case that is told of."""
    database = copy_database(empty_database, folder / "own.db")
    options = OPTIONS.model_copy(
        update={
            "database_url": url_of(database),
            "ledger": f"{database}.revocations",
            "link_keys": str(folder / "link_keys"),
            "public_url": "https://x.invalid",
        }
    )
    engine = open_database(url_of(database), ledger=revocations_of(options))
    actor_id, case_id = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie")
    with writing(engine) as session:
        for name, role in (("boss", "administrator"), ("deputy", "administrator"), ("guest", "partner")):
            session.add(
                Account(id=name, email=f"{name}@exemple.invalid", name=name, role=role, password_hash="premier")
            )
        session.add(Partner(id="p", email="guest@exemple.invalid", status="active"))
        session.flush()
        boss = session.get_one(Account, "boss")
        boss.totp_secret, boss.totp_confirmed_at = "secret", NOW
        session.add(RecoveryCode(id="code", account_id="boss"))
        session.add(AccountActor(account_id="guest", actor_id=actor_id))
        session.add(Subscription(id="s", partner_id="p", actor_id=actor_id, confirmed_at=NOW))
        session.add(
            CaseDocument(
                id="d", opportunity_id=case_id, name="x.pdf", suffix=".pdf", size=1, content=b"x", created_by="boss"
            )
        )
        session.add(
            AccountSession(id=digest(TOKEN), account_id="deputy", expires_at=NOW.replace(year=2030), last_seen_at=NOW)
        )
        session.add(
            Contact(
                id="c",
                actor_id=actor_id,
                name="Camille Roche",
                phone="+33465710001",
                source="un appel",
                lawful_basis="legitimate_interest",
                retained_until=NOW.date(),
            )
        )
        session.add(
            BlindSheet(
                id="f", opportunity_id=case_id, number=1, code_name="Sauge d’or", line="L", told=[],
                choices={"recorded": [], "chosen": {}},
                saved_by="account:boss", approved_on=NOW.date(),
            )
        )  # fmt: skip
        session.add(StatedNeed(id="n", kind="takeover", status="waiting", name="Camille Roche", stated_at=NOW))
        session.add(Invitation(id="i", account_id="deputy", expires_at=NOW.replace(year=2030)))
        session.add(Suggestion(id="g", actor_id=actor_id, subject="text:x"))
        for number, message_id in enumerate(MESSAGES):
            session.add(_message(message_id, number))
        session.flush()
        session.add(
            Announcement(id="a", partner_id="p", suggestion_id="g", message_id="m0", event="new", night=NOW.date())
        )
    api_keys.create_key(engine, "bureau")
    for side in ConsentSide:
        grant_consent(engine, case_id, actor_id, side, account_id="boss", now=NOW)
    propose(engine, case_id, actor_id, account_id="boss", now=NOW, options=OPTIONS)
    return Revocable(engine, options, case_id, actor_id)


def _message(message_id: str, number: int) -> OutboxMessage:
    return OutboxMessage(
        id=message_id, partner_id="p", night=NOW.date(), purpose="alert", about=str(number),
        message_id=f"<{message_id}@x.invalid>", subject="S", text="T", html="H", next_attempt_at=NOW, created_at=NOW,
    )  # fmt: skip


def bring_down_to(engine: Engine, revision: str) -> None:
    """Give a database the tables of an earlier revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def restore(world: Revocable, kept: Path, *, now: datetime, signature: Signature | None = None) -> Restored:
    """Restore a backup as it is done: with nobody at the database."""
    world.engine.dispose()
    return restoring.restore(world.options, kept, signature=signature, now=now)


def rights(engine: Engine) -> set[str]:
    """Return what somebody may do or is about to be told, by the tables of this moment."""
    with reading(engine) as session:
        return set(_rights(session))


def _rights(session: Session) -> list[str]:
    found = [f"consent {row.id}" for row in session.exec(select(Consent)) if row.withdrawn_at is None]
    found += [f"key {row.id}" for row in session.exec(select(ApiKey)) if row.revoked_at is None]
    for account in session.exec(select(Account)):
        found.append(f"known {account.id}")
        if account.disabled_at is None:
            found += [f"password {account.id} {account.password_hash}"] if account.password_hash else []
            found += [f"factor {account.id}"] if account.totp_confirmed_at else []
            found += [f"administers {account.id}"] if account.role == "administrator" else []
    found += [f"recovers {row.account_id}" for row in session.exec(select(RecoveryCode)) if row.used_at is None]
    found += [f"speaks {row.account_id}" for row in session.exec(select(AccountActor))]
    for partner in session.exec(select(Partner)):
        found += [] if partner.email.endswith("@efface.invalid") else [f"known {partner.id}"]
        found += [
            f"mailed {row.id}"
            for row in session.exec(select(Subscription).where(Subscription.partner_id == partner.id))
            if partner.status == "active" and row.confirmed_at and row.frequency != "paused"
        ]
    for record in (*session.exec(select(Opportunity)), *session.exec(select(Actor))):
        found += [] if record.confidential else [f"public {record.id}"]
    found += [f"proposed {row.id}" for row in session.exec(select(CaseProposal)) if row.withdrawn_at is None]
    found += [f"teaser {row.id}" for row in session.exec(select(Opportunity)) if row.teaser]
    found += [f"document {row.id}" for row in session.exec(select(CaseDocument))]
    found += [f"sheet {row.id}" for row in session.exec(select(BlindSheet)) if row.withdrawn_at is None]
    found += [f"contact {row.id}" for row in session.exec(select(Contact))]
    found += [f"need {row.id}" for row in session.exec(select(StatedNeed)) if row.name]
    found += [f"waits {row.id}" for row in session.exec(select(OutboxMessage)) if row.status == "pending"]
    found += [f"session {row.id}" for row in session.exec(select(AccountSession)) if row.revoked_at is None]
    return found + [f"invitation {row.id}" for row in session.exec(select(Invitation)) if row.used_at is None]


def acts(world: Revocable) -> Mapping[str, Callable[[], object]]:
    """Return every way to revoke something, and every way to give it back, by name. One that cannot be done raises."""
    engine, case_id, actor_id = world.engine, world.case_id, world.actor_id

    def change(table: type, row_id: str, **values: object) -> Callable[[], None]:
        def write() -> None:
            with writing(engine) as session:
                row = session.get_one(table, row_id)
                for name, value in values.items():
                    setattr(row, name, value)
                session.add(row)

        return write

    def remove_contact() -> None:
        with writing(engine) as session:
            session.delete(session.get_one(Contact, "c"))

    def forget_need() -> None:
        with writing(engine) as session:
            session.delete(session.get_one(StatedNeed, "n"))

    def withdraw_the_sheet() -> None:
        with writing(engine) as session:
            withdraw_sheet(session, case_id, by="account:boss", now=NOW)

    def withdraw() -> None:
        with writing(engine) as session:
            withdraw_need(session, "n", now=NOW)

    consents = {
        f"{act.__name__} {side}": lambda act=act, side=side: act(
            engine, case_id, actor_id, side, account_id="boss", now=NOW
        )
        for act in (revoke_consent, grant_consent)
        for side in ConsentSide
    }
    return consents | {
        "replace the key": lambda: api_keys.replace_key(engine, "bureau"),
        "disable": lambda: accounts.disable(engine, "deputy", by="cli", now=NOW),
        "enable": lambda: accounts.enable(engine, "deputy", by="cli", now=NOW),
        "lower a role": lambda: accounts.change_role(engine, "deputy", "facilitator", by="cli", now=NOW),
        "raise a role": lambda: accounts.change_role(engine, "deputy", "administrator", by="cli", now=NOW),
        "change a password": change(Account, "deputy", password_hash="second"),
        "take the second factor away": change(Account, "boss", totp_secret=None, totp_confirmed_at=None),
        "use a recovery code": change(RecoveryCode, "code", used_at=NOW),
        "sign out": lambda: sessions.sign_out(engine, TOKEN, now=NOW),
        "take the actor": lambda: partner_accounts.take_actor(engine, "guest", actor_id, by="cli", now=NOW),
        "give the actor": lambda: partner_accounts.invite_partner(
            engine, "guest@exemple.invalid", actor_id, by="cli", now=NOW, options=world.options
        ),
        "erase": lambda: erase_person(engine, "guest@exemple.invalid", by="cli", now=NOW),
        "unsubscribe": lambda: confirming.unsubscribe(engine, "p", now=NOW),
        "stop a subscription": lambda: confirming.unsubscribe(engine, "p", "s", now=NOW),
        "come back": lambda: confirming.resubscribe(engine, "p", now=NOW),
        "take a subscription up": lambda: confirming.resubscribe(engine, "p", "s", now=NOW),
        "pause": lambda: subscriptions.change(engine, "s", {"frequency": "paused"}),
        "go on": lambda: subscriptions.change(engine, "s", {"frequency": "nightly"}),
        "remove a subscription": lambda: subscriptions.remove(engine, "s"),
        "suspend": change(Partner, "p", status="suspended"),
        "hide an actor": lambda: record_changes.change_actor(engine, actor_id, {"confidential": True}, by="cli"),
        "show an actor": change(Actor, actor_id, confidential=False),
        "withdraw the teaser": change(Opportunity, case_id, teaser=None),
        "give the teaser": change(Opportunity, case_id, teaser="Une autre"),
        "withdraw the sheet": withdraw_the_sheet,
        "remove the document": lambda: remove_document(engine, case_id, "d", account_id="boss", now=NOW),
        "remove the contact": remove_contact,
        "withdraw the proposal": lambda: withdraw_proposal(engine, case_id, actor_id, account_id="boss", now=NOW),
        "propose": lambda: propose(engine, case_id, actor_id, account_id="boss", now=NOW, options=OPTIONS),
        "withdraw the need": withdraw,
        "forget the need": forget_need,
        "send a mail": change(OutboxMessage, "m0", status="sent", sent_at=NOW),
        "cancel a mail": change(OutboxMessage, "m1", status="cancelled"),
        "give a mail up": change(OutboxMessage, "m2", status="failed"),
    }
