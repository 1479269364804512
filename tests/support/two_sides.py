"""Two databases behind two doors, which are filled with worlds, and what each says outside.

`ToyEncoder` stands in for the encoder, which is an external thing; all else is real: tables, API, pages, mails.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import delete, insert, update
from sqlmodel import select

from api.accounts import accounts, passwords, sessions
from api.alerts.composing import compose_alerts
from api.core.clock import today_in_france
from api.mailing.delivery import deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from api.partner_view.building import PartnerSpaces
from api.partner_view.ties import Ties
from matcher.sections import Section
from models.base import utc_now
from models.database import open_database, reading, writing
from models.tables import (
    Account,
    AccountActor,
    Actor,
    Announcement,
    BlindSheet,
    BrokerageCase,
    BrokerageStep,
    CaseDocument,
    CaseProposal,
    CompanyState,
    Consent,
    Contact,
    FinanceProduct,
    FinancingPlan,
    Impression,
    Interaction,
    LineReach,
    Lot,
    Membership,
    Opportunity,
    OutboxMessage,
    Partner,
    Provenance,
    RankedList,
    Rating,
    SignedAgreement,
    StatedNeed,
    Subscription,
    Suggestion,
    TakeoverCandidate,
    TakeoverCase,
    TakeoverDate,
    TakeoverFacts,
    TakeoverFile,
    TakeoverStep,
    TakeoverYear,
    TeaserLine,
)
from tests.support.databases import copy_database, url_of
from tests.support.night_world import OPTIONS, SIGNER, ToyEncoder, small
from tests.support.opaque import Names
from tests.support.outbox import mail_settings
from tests.support.secret_rows import ACCOUNT, EMAIL, FACILITATOR, LONG_AGO, Rows
from tests.support.signed_in import PASSWORD, browser
from tests.support.smtp_server import Post
from tests.support.world import Doors, opened_doors

# Children first.
FILLED: tuple[Any, ...] = (
    *(BrokerageStep, BrokerageCase, TakeoverDate, TakeoverStep, TakeoverFile, TakeoverCandidate, FinanceProduct),
    *(Rating, Announcement, OutboxMessage, Subscription, Partner, Impression, RankedList, Suggestion),
    *(TakeoverYear, TakeoverFacts, SignedAgreement, LineReach, BlindSheet, FinancingPlan, StatedNeed, Interaction),
    *(Contact, Consent, CaseProposal, CaseDocument, AccountActor, Lot, TakeoverCase, TeaserLine),
    *(Opportunity, Membership, Actor, CompanyState, Provenance),
)
# How many suggestions a week makes no difference to what may be told of each.
UNLIMITED = OPTIONS.model_copy(update={"weekly_per_actor": 1000, "weekly_per_partner": 1000})


@dataclass
class Side:
    """One database and its doors; `visitor` is the partner's browser."""

    doors: Doors
    visitor: TestClient
    house: TestClient
    names: Names

    def fill(self, *parts: Rows, least: Section = Section.UNLIKELY) -> None:
        """Replace what lies on the desk, and forget what was shown and said. least: what is listed by its score alone.

        On toy desks little is likely: else all is listed, so that scores are compared too.
        """
        self.names = self._no_names()
        with writing(self.doors.engine) as session:
            for table in FILLED:
                session.execute(delete(table))
            for table in reversed(FILLED):
                rows = [row for part in parts for row in part.get(table, ())]
                if rows:
                    session.execute(insert(table), rows)
        state = self.doors.app.state
        assert state.desk.catch_up(60)
        state.partner_spaces = PartnerSpaces(state.desk, Ties.of(state.signers.newest()), least=least)
        if hasattr(state, "counts"):
            del state.counts

    def ties(self) -> tuple[Ties, Ties]:
        """Return what decides between cases that are shown alike: on pages, and in mails."""
        return Ties.of(self.doors.app.state.signers.newest()), Ties.of(SIGNER)

    def _no_names(self) -> Names:
        return Names([self.doors.app.state.signers.newest(), SIGNER], [ACCOUNT, "p"])

    def mails(self) -> list[tuple[str, ...]]:
        """Follow everything there is, let a night pass, and return what was written, opaque words by their names."""
        self.compose()
        with reading(self.doors.engine) as session:
            rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            written = [(one.subject, one.text, one.html, str(one.headers)) for one in rows]
        return [tuple(map(self.names.renamed, parts)) for parts in written]

    def compose(self) -> None:
        """Follow everything there is, and write the mails of a night."""
        now = this_night()
        with writing(self.doors.engine) as session:
            session.add(Partner(id="p", email="abonne@exemple.invalid", status="active", created_at=LONG_AGO))
            session.flush()
            followed: list[dict[str, Any]] = [{"search": "entretien bois"}]
            for one in session.exec(select(AccountActor.actor_id)).all():
                followed.append({"actor_id": one})
            for number, what in enumerate(followed):
                session.add(
                    Subscription(
                        id=f"s{number}", partner_id="p", least=Section.UNLIKELY, most=20, confirmed_at=LONG_AGO, **what
                    )
                )
        compose_alerts(self.doors.app.state.desk, SIGNER, night=today_in_france(), now=now, options=UNLIMITED)

    def hide(self, rows: Rows) -> None:
        """Make what was stored openly what it is: confidential where these rows say so."""
        with writing(self.doors.engine) as session:
            for table in (Actor, Opportunity):
                hidden = [one["id"] for one in rows.get(table, ()) if one["confidential"]]
                # The desk notices a change by the dates of its rows.
                change = update(table).where(table.id.in_(hidden))
                session.execute(change.values(confidential=True, updated_at=utc_now()))
        # A night opens the desk as the tables are. This one is served: on a busy machine it would lag behind.
        assert self.doors.app.state.desk.catch_up(60)

    def leaving(self, server: Post) -> list[str]:
        """Let what waits leave, and return what the server was sent, decoded, opaque words by their names."""
        before = len(server.accepted())
        options, desk = mail_settings(server.port), self.doors.app.state.desk
        gate = departure_gate(self.doors.engine, lambda: desk, SIGNER, UNLIMITED)
        with Transport.of(options) as transport:
            deliver(self.doors.engine, transport, gate=gate, now=this_night, options=options)
        return [self.names.renamed(decoded(one.content)) for one in server.accepted()[before:]]


def decoded(content: bytes) -> str:
    """Return a mail's headers and parts as they are read: how they were encoded breaks words in two."""
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    headers = [f"{name}: {value}" for name, value in mail.items() if name != "Content-Type"]
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*headers, *(f"{part.get_content_type()}\n{part.get_content()}" for part in parts)])


def this_night() -> datetime:
    night = today_in_france()
    return datetime(night.year, night.month, night.day, 4, tzinfo=UTC)


def opened(rows: Rows) -> Rows:
    """Return rows as they would be if nothing of them were confidential yet."""
    tables = (Actor, Opportunity)
    return dict(rows) | {table: [one | {"confidential": False} for one in rows.get(table, ())] for table in tables}


@contextmanager
def two_sides(empty: Path, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Open two doors with the same keys, accounts and few communes, and nothing on the desk."""
    first = copy_database(empty, folder / "one.db")
    engine = open_database(url_of(first))
    small(engine)
    _account(engine, accounts.PARTNER, ACCOUNT)
    _account(engine, accounts.FACILITATOR, FACILITATOR)
    engine.dispose()
    second = copy_database(first, folder / "two.db")
    for path in (first, second):
        path.with_suffix(".keys").write_text("une-seule-cle-pour-les-deux\n")
    with ExitStack() as stack:
        opened = [stack.enter_context(opened_doors(path, ToyEncoder())) for path in (first, second)]
        yield tuple(_side(one) for one in opened)  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)


def _account(engine: Any, role: str, account_id: str) -> None:
    email = EMAIL if role == accounts.PARTNER else "animation@exemple.invalid"
    kept = passwords.hash_password(PASSWORD, email)
    with writing(engine) as session:
        session.add(
            Account(id=account_id, email=email, name="Camille", role=role, password_hash=kept, created_at=LONG_AGO)
        )


def _side(doors: Doors) -> Side:
    def signed(email: str) -> TestClient:
        token = sessions.sign_in(
            doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
        )
        return browser(doors, token)

    return Side(doors, signed(EMAIL), signed("animation@exemple.invalid"), Names([], []))
