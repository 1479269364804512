"""A person gets all that is kept about them, or it goes: not one canary is left, in any table or page of the file."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from api.accounts import accounts, invitations, sessions, tokens
from api.accounts.saved_views import save_view
from api.audit.log import journal_page, verify
from api.core.errors import ConflictError, NotFoundError
from api.core.settings import Settings
from api.learning.queries import judgments_in_use
from api.learning.ratings import rate
from api.partner_view.marks import Marks
from api.privacy import personal_data
from api.privacy.marked_export import IDENTIFIER
from api.privacy.rewriting import rewrite_whole
from api.subscriptions.subscriptions import remove
from matcher.embedding import text_hash
from models.base import identifier
from models.database import reading, writing
from models.tables import (
    Announcement,
    Impression,
    OutboxMessage,
    Partner,
    RankedList,
    Rating,
    Subscription,
    Suggestion,
    TextVector,
    WeightsVersion,
    metadata,
)
from tests.support.databases import SERVER
from tests.support.night_world import SIGNER, add_actor, follow
from tests.support.options import OPTIONS
from tests.support.reads import read_once

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EMAIL, OTHER, PASSWORD = "canari@exemple.invalid", "autre@exemple.invalid", "correct cheval pile agrafe"
CANARIES = ("canari", "Zzcanary")
SEARCH = "Zzcanary menuiserie"


def show_search(session: Session, subscription: Subscription, *, list_id: str = "l") -> None:
    """Store a list that was shown for a search, with the words of it in its reasons, and their vector."""
    session.merge(WeightsVersion(id="w", status="retired", values={}))
    session.merge(TextVector(encoder_revision="r", text_hash=text_hash(SEARCH), vector=b"Zzcanary"))
    session.flush()
    suggestion = identifier("suggestions", subscription.id, "opportunity:x")
    session.merge(Suggestion(id=suggestion, subscription_id=subscription.id, subject="opportunity:x"))
    session.add(
        RankedList(
            id=list_id, direction="opportunities_for_search", subject=f"search:{subscription.id}", weights_id="w",
            encoder_revision="r", created_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    reasons = [
        {"code": code, "contribution": 1.0, "figures": {"own": "Zzcanary"}}
        for code in ("semantic", "words", "distance")
    ]
    reasons[-1]["figures"] = {"km": 3}
    breakdown = {"bias": 0, "via_member": None, "reasons": reasons}
    session.add(
        Impression(id=list_id, list_id=list_id, suggestion_id=suggestion, rank=1, score=0.5, breakdown=breakdown)
    )


def fill(engine: Engine) -> str:
    """Let a partner follow, answer and be written to, with their traces everywhere; return their id."""
    actor = add_actor(engine, 1)
    for email in (EMAIL, OTHER):
        follow(engine, email, on=NOW.date(), actor_id=actor)
    follow(engine, EMAIL, on=NOW.date(), search=SEARCH)
    with writing(engine) as session:
        partner = session.exec(select(Partner).where(Partner.email == EMAIL)).one()
        partner.label = "Zzcanary, du réseau"
        for number in range(3):
            suggestion = identifier("suggestions", actor, f"text:{number}")
            session.add(Suggestion(id=suggestion, actor_id=actor, subject=f"text:{number}"))
            message = OutboxMessage(
                id=f"m{number}", partner_id=partner.id, night=NOW.date() + timedelta(days=number), purpose="alert",
                message_id=f"<{number}@exemple.invalid>", subject="Pour Zzcanary", text="Bonjour Zzcanary " * 400,
                html="<p>Zzcanary</p>", headers={"List-Unsubscribe": "<https://x.invalid/Zzcanary>"},
                status=("pending", "sent", "failed")[number], last_error="550 canari@exemple.invalid", created_at=NOW,
            )  # fmt: skip
            session.add(message)
            session.flush()
            session.add(
                Announcement(
                    id=f"a{number}", partner_id=partner.id, suggestion_id=suggestion, message_id=message.id,
                    event="new", night=NOW.date(),
                )
            )  # fmt: skip
        partner_id = partner.id
        show_search(session, session.exec(select(Subscription).where(Subscription.search == SEARCH)).one())
    for interest in (3, 1):
        rate(engine, partner_id, suggestion, interest=interest, comment="Demandez Zzcanary", now=NOW)
    return partner_id


def keep_view(engine: Engine) -> None:
    """Let the account keep a view of a list whose name and words tell of it."""
    account_id = accounts.find_account(engine, EMAIL).id
    with writing(engine) as session:
        save_view(session, account_id, "acteurs", "Zzcanary, ses acteurs", "texte=Zzcanary", NOW)


def content(engine: Engine) -> bytes:
    """Return the bytes of the database's own files, freed space among them; without PostgreSQL's write-ahead log."""
    if not SERVER:
        database = Path(engine.url.database or "")
        files = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]
        return b"".join(path.read_bytes() for path in files if path.exists())
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
        oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    return b"".join(path.read_bytes() for path in (Path(folder) / "base" / str(oid)).iterdir())


def rows(engine: Engine) -> str:
    with reading(engine) as session:
        # Not the representation of a row, which cuts long values.
        return repr([tuple(row) for table in metadata.sorted_tables for row in session.execute(select(table))])


def test_an_export_has_all_that_is_kept_and_no_secret(engine: Engine) -> None:
    partner = fill(engine)
    invitations.accept(
        engine,
        invitations.invite(
            engine, EMAIL, "facilitator", name="Zzcanary", by="cli", now=NOW, options=OPTIONS
        ).rpartition("/")[2],
        PASSWORD,
        now=NOW,
    )
    token = sessions.sign_in(engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=NOW, options=OPTIONS)
    keep_view(engine)
    told = personal_data.export_person(engine, SIGNER, EMAIL.upper(), by="cli", now=NOW)
    assert json.loads(json.dumps(told)) == told
    marks = Marks.of(SIGNER, accounts.find_account(engine, EMAIL).id)
    assert (marks.open_single(told["partner"]["id"]), told["partner"]["label"]) == (partner, "Zzcanary, du réseau")
    counts = {name: len(told["partner"][name]) for name in ("subscriptions", "ratings", "messages", "announcements")}
    assert counts == {"subscriptions": 2, "ratings": 2, "messages": 5, "announcements": 1}
    assert told["account"]["name"] == "Zzcanary"
    assert [view["query"] for view in told["account"]["saved_views"]] == ["texte=Zzcanary"]
    assert len(told["account"]["sessions"]) == len(told["account"]["invitations"]) == 1
    assert {one["action"] for one in told["journal"]} >= {"sign_in.ok", "person.exported"}
    text = json.dumps(told)
    assert OTHER not in text
    assert "argon2" not in text
    assert tokens.digest(token) not in text


def test_no_identifier_is_in_an_export(engine: Engine) -> None:
    """A guess of a company's name and commune could be checked against it; nor does a link of an old mail hold one."""
    partner = fill(engine)
    with writing(engine) as session:
        message = session.get_one(OutboxMessage, "m1")
        message.text = f"Intéressé : https://x.invalid/avis/{'A' * 60}.awUSyA.{'b' * 43}?choix=oui, réf. {partner}."
        message.headers = {"List-Unsubscribe": f"<https://x.invalid/desinscription/{'A' * 140}>"}
    text = json.dumps(personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW), ensure_ascii=False)
    assert not IDENTIFIER.findall(text)
    assert "https://x.invalid/avis/…?choix=oui, réf. " in text
    assert "<https://x.invalid/desinscription/…>" in text
    with reading(engine) as session:
        every = [row[0] for table in metadata.sorted_tables for row in session.execute(select(table)).all()]
    assert not [one for one in every if isinstance(one, str) and len(one) == 36 and one in text]


def test_exports_of_two_persons_share_no_mark(engine: Engine) -> None:
    """They follow and answered the same; each person's own marks are the same in each of its exports."""
    fill(engine)
    with reading(engine) as session:
        other = session.exec(select(Partner).where(Partner.email == OTHER)).one().id
        suggestion = session.exec(select(Rating.suggestion_id)).first()
    assert suggestion
    rate(engine, other, suggestion, interest=2, now=NOW)
    first, again, others = (
        personal_data.export_person(engine, SIGNER, email, by="cli", now=NOW)["partner"]
        for email in (EMAIL, EMAIL, OTHER)
    )
    assert first == again
    marks = [
        {row[name] for name in ("suggestion_id", "actor_id") for rows in kept.values() if isinstance(rows, list)
         for row in rows if row.get(name)}
        for kept in (first, others)
    ]  # fmt: skip
    assert all(len(one) > 1 for one in marks)
    assert not marks[0] & marks[1]


def test_an_erasure_leaves_no_canary_in_the_tables_nor_in_the_files(engine: Engine) -> None:
    partner = fill(engine)
    link = invitations.invite(engine, EMAIL, "facilitator", name="Zzcanary", by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    sessions.sign_in(engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=NOW, options=OPTIONS)
    keep_view(engine)
    for canary in CANARIES:
        assert canary in rows(engine)
        assert canary.encode() in content(engine)
    personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    assert not [canary for canary in CANARIES if canary in rows(engine)]
    if SERVER:
        # The operator's part: a service that others use meanwhile only vacuums.
        rewrite_whole(engine)
    assert not [canary for canary in CANARIES if canary.encode() in content(engine)]
    assert OTHER in rows(engine)
    with reading(engine) as session:
        assert session.get(Partner, partner) is None
    with pytest.raises(NotFoundError):
        personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)


def test_grades_and_counts_stay_under_nobody_and_the_journal_keeps_ids_alone(engine: Engine) -> None:
    partner = fill(engine)
    personal_data.erase_person(engine, EMAIL, by="account:x", now=NOW)
    with reading(engine) as session:
        ratings = session.exec(select(Rating).order_by(Rating.created_at)).all()  # type: ignore[arg-type]
        mails = session.exec(
            select(OutboxMessage).where(OutboxMessage.purpose == "alert").order_by(OutboxMessage.id)
        ).all()
        nobody = session.get_one(Partner, ratings[0].partner_id)
        assert [one.interest for one in ratings] == [3, 1]
        assert {one.comment for one in ratings} == {""}
        assert [one.status for one in mails] == ["cancelled", "sent", "failed"]
        assert {one.partner_id for one in (*ratings, *mails)} == {nobody.id} != {partner}
        assert (nobody.status, nobody.email) == ("unsubscribed", f"{nobody.id}@efface.invalid")
        assert len(session.exec(select(Subscription)).all()) == 1
        assert nobody.id != partner
    (entry,) = read_once(engine, journal_page, limit=1)
    assert (entry.actor, entry.action, entry.object_id) == ("account:x", "person.erased", partner)
    assert read_once(engine, verify).problem == ""


def test_the_last_administrator_is_not_erased_and_nothing_else_of_theirs_is(engine: Engine) -> None:
    partner = fill(engine)
    link = invitations.invite(engine, EMAIL, "administrator", by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    with pytest.raises(ConflictError):
        personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    with reading(engine) as session:
        assert session.get(Partner, partner) is not None


def test_the_purge_lets_go_what_is_old_and_keeps_what_waits_and_the_journal(engine: Engine) -> None:
    fill(engine)
    link = invitations.invite(engine, EMAIL, "facilitator", by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    sessions.sign_in(engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=NOW, options=OPTIONS)
    options, before = Settings(), read_once(engine, verify)
    assert personal_data.purge(engine, now=NOW + timedelta(hours=1), options=options) == personal_data.Purged(
        0, 0, 0, 0
    )
    later = NOW + timedelta(days=91)
    done = personal_data.purge(engine, now=later, options=options)
    assert (done.mails, done.sessions, done.invitations) == (2, 1, 1)
    assert personal_data.purge(engine, now=later, options=options) == personal_data.Purged(0, 0, 0, 0)
    with reading(engine) as session:
        texts = {one.status: one.text for one in session.exec(select(OutboxMessage)).all()}
    assert {status: bool(text) for status, text in texts.items()} == {"pending": True, "sent": False, "failed": False}
    assert read_once(engine, verify) == before


def test_an_erasure_leaves_the_lines_of_a_search_but_not_its_words(engine: Engine) -> None:
    fill(engine)
    personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    with reading(engine) as session:
        (impression,) = session.exec(select(Impression)).all()
        assert [reason["figures"] for reason in impression.breakdown["reasons"]] == [
            {"forgotten": 1}, {"forgotten": 1}, {"km": 3},
        ]  # fmt: skip
        assert not session.exec(select(TextVector)).all()


def test_the_purge_forgets_the_words_of_a_search_that_was_removed(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        subscription = session.exec(select(Subscription).where(Subscription.search == SEARCH)).one()
    assert personal_data.purge(engine, now=NOW, options=Settings()).searches == 0
    remove(engine, subscription.id)
    assert [personal_data.purge(engine, now=NOW, options=Settings()).searches for _ in range(2)] == [1, 0]
    with reading(engine) as session:
        (impression,) = session.exec(select(Impression)).all()
    assert "Zzcanary" not in repr(impression.breakdown)


def test_old_lists_go_but_those_that_were_answered_stay_whole(engine: Engine) -> None:
    """The weights learn from the place of what was answered among the others of its list."""
    partner = fill(engine)
    with writing(engine) as session:
        subscription = session.exec(select(Subscription).where(Subscription.search == SEARCH)).one()
        show_search(session, subscription, list_id="answered")
        neighbour = session.exec(select(Suggestion).where(Suggestion.subject == "text:0")).one()
        session.add(
            Impression(
                id="n", list_id="answered", suggestion_id=neighbour.id, rank=2, score=0.1, breakdown={"reasons": []}
            )
        )
        session.flush()
        rating = session.exec(select(Rating).where(Rating.partner_id == partner)).first()
        assert rating
        rating.impression_id = "answered"
        announcement = session.get_one(Announcement, "a1")
        announcement.impression_id = "l"
    before = judged(engine)
    days = Settings().impression_days
    assert personal_data.purge(engine, now=NOW + timedelta(days=days), options=Settings()).impressions == 0
    assert personal_data.purge(engine, now=NOW + timedelta(days=days + 1), options=Settings()).impressions == 1
    with reading(engine) as session:
        assert {row.id for row in session.exec(select(Impression))} == {"answered", "n"}
        assert session.get_one(Announcement, "a1").impression_id is None
    assert judged(engine) == before


def judged(engine: Engine) -> list[tuple[str, int]]:
    return [(row.rating.id, row.place) for row in read_once(engine, judgments_in_use)]
