"""The drill: a backup, everything that can be revoked, a restoration; nothing that was revoked is a right again."""

import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import NoResultFound
from sqlmodel import select

from api.alerts.composing import compose_alerts
from api.audit.log import journal_page, verify
from api.audit.marks import verify_and_mark, verify_by_marks
from api.core.errors import ConflictError, InvalidError, PoleSudError, SourceError
from api.mailing.links import LinkError, Purpose, open_signer
from api.privacy.database_copies import backup, copies_of
from api.privacy.ledger import Ledger, LedgerError, ledger_at
from api.privacy.restoring import Signature
from api.privacy.revocations import revocations_of
from models.accounts import AccountSession
from models.database import has_sent, ledger_of, open_database, reading, writing
from models.revocations import WATCHED, RevocationNotice
from tests.support.databases import SERVER
from tests.support.journal import unguarded
from tests.support.night_world import NIGHT, SIGNER, TITLES, add_need, follow, moment, open_desk
from tests.support.proof_share import SHARE, examples
from tests.support.reads import read_once
from tests.support.revocable import NOW, Revocable, acts, bring_down_to, restore, revocable, rights

REVOKING = (
    "revoke_consent holder", "revoke_consent actor", "revoke_consent documents", "replace the key", "disable",
    "lower a role", "change a password",
    "take the second factor away", "use a recovery code", "sign out",
    "take the actor", "unsubscribe", "stop a subscription", "pause",
    "remove a subscription", "suspend", "hide an actor", "withdraw the teaser", "withdraw the sheet",
    "remove the document", "remove the contact", "withdraw the need", "forget the need",
    "send a mail", "cancel a mail", "give a mail up", "erase",
)  # fmt: skip
# A restoration takes seconds: several acts at once, of which some undo another; one by one in `make proofs`.
TOGETHER = [(act,) for act in REVOKING] if SHARE == 1 and not SERVER else [REVOKING[number::4] for number in range(4)]
SIGNED = Signature("boss@exemple.invalid", "le disque du registre est mort")


@pytest.fixture
def world(tmp_path: Path, empty_database: Path) -> Iterator[Revocable]:
    made = revocable(tmp_path, empty_database)
    yield made
    made.engine.dispose()


def do(world: Revocable, name: str) -> None:
    # What was erased or removed before cannot be revoked once more.
    with suppress(PoleSudError, NoResultFound):
        acts(world)[name]()


@pytest.mark.parametrize("revoking", TOGETHER, ids=", ".join)
def test_each_kind_of_revocation_stands_after_a_restoration(
    world: Revocable, tmp_path: Path, revoking: tuple[str, ...]
) -> None:
    backup(world.options.database_url, tmp_path / "kept.db")
    before = rights(world.engine)
    for act in revoking:
        do(world, act)
    revoked = before - rights(world.engine)
    assert len(revoked) >= len(revoking) / 2
    restore(world, tmp_path / "kept.db", now=NOW)
    assert not revoked & rights(world.engine)


@pytest.mark.slow
@settings(max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_sequence_of_acts_makes_a_restoration_give_back_a_right(data: st.DataObject, empty_database: Path) -> None:
    """Also where things are given back in between, before the backup or after it, and restored twice."""
    with TemporaryDirectory() as folder:
        world = revocable(Path(folder), empty_database)
        names = st.lists(st.sampled_from(sorted(acts(world))), max_size=8)
        for name in data.draw(names):
            do(world, name)
        kept = Path(folder) / "kept.db"
        backup(world.options.database_url, kept)
        for name in data.draw(names):
            do(world, name)
        live = rights(world.engine)
        restore(world, kept, now=NOW)
        assert rights(world.engine) <= live
        for name in data.draw(names):
            do(world, name)
        live = rights(world.engine)
        restore(world, kept, now=NOW)
        assert rights(world.engine) <= live
        world.engine.dispose()


def test_sessions_invitations_and_links_end_but_those_that_unsubscribe(world: Revocable, tmp_path: Path) -> None:
    former = open_signer(world.options)
    answer, leave = former.sign(Purpose.ANSWER, p="p"), former.sign(Purpose.UNSUBSCRIBE, p="p")
    backup(world.options.database_url, tmp_path / "kept.db")
    restored = restore(world, tmp_path / "kept.db", now=NOW)
    assert (restored.replayed["session:ended"], restored.replayed["invitation:ended"]) == (1, 1)
    signer = open_signer(world.options)
    with pytest.raises(LinkError):
        signer.read(Purpose.ANSWER, answer)
    assert signer.read(Purpose.UNSUBSCRIBE, leave) == {"p": "p"}
    with pytest.raises(LinkError):
        signer.read(Purpose.ANSWER, leave)
    assert not set(former.derived_keys("x")) & set(signer.derived_keys("x"))


def test_what_was_sent_after_the_backup_is_not_written_again(world: Revocable, tmp_path: Path) -> None:
    backup(world.options.database_url, tmp_path / "kept.db")
    acts(world)["send a mail"]()
    with writing(world.engine) as session:
        # As if the mail had been composed after the backup.
        session.execute(text("UPDATE outbox SET id = 'm9' WHERE id = 'm1'"))
    with writing(world.engine) as session:
        session.execute(text("UPDATE outbox SET status = 'sent' WHERE id = 'm9'"))
    restore(world, tmp_path / "kept.db", now=NOW)
    with reading(world.engine) as session:
        assert session.execute(text("SELECT status FROM outbox WHERE id = 'm0'")).scalar() == "sent"
        assert [has_sent(session, name) for name in ("m0", "m9", "m2")] == [True, True, False]
        assert has_sent(session, "p", "g", "new")
        assert not has_sent(session, "p", "g", "follow_up")


def test_no_night_after_a_restoration_tells_again_what_was_told_since_the_backup(
    world: Revocable, tmp_path: Path
) -> None:
    """The same night finds its mail sent; a later one leaves out what that mail told, and tells what is new."""
    add_need(world.engine, 1)
    follow(world.engine, "camille@exemple.invalid", actor_id=world.actor_id)

    def announced(night: date) -> int:
        desk = open_desk(world.engine)
        report = compose_alerts(desk, SIGNER, night=night, now=moment(night), options=world.options)
        with writing(world.engine) as session:
            session.execute(text("UPDATE outbox SET status = 'sent' WHERE purpose = 'alert' AND status = 'pending'"))
        return report.announced

    backup(world.options.database_url, tmp_path / "kept.db")
    acts(world)["erase"]()
    # The need, and the case that is proposed to the actor.
    assert announced(NIGHT) == 2
    restore(world, tmp_path / "kept.db", now=NOW)
    assert [announced(NIGHT + timedelta(days=days)) for days in (0, 1)] == [0, 0]
    add_need(world.engine, 2, TITLES[0] + ", deuxième lot")
    assert announced(NIGHT + timedelta(days=2)) == 1


def test_the_journal_says_who_restored_what_and_what_was_replayed(world: Revocable, tmp_path: Path) -> None:
    backup(world.options.database_url, tmp_path / "kept.db")
    acts(world)["disable"]()
    restore(world, tmp_path / "kept.db", now=NOW)
    entry = read_once(world.engine, journal_page, limit=1)[0]
    assert (entry.actor, entry.action) == ("cli", "database.restored")
    assert "account:disabled=1" in entry.detail
    assert verify_by_marks(world.engine).problem == ""


def remove(ledger: Ledger) -> None:
    ledger.path.unlink()


def remove_key(ledger: Ledger) -> None:
    ledger._key_path.unlink()


def cut_the_end(ledger: Ledger) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:-1]))


def cut_the_beginning(ledger: Ledger) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[1:]))


def change_a_kind(ledger: Ledger) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b"key:revoked", b"teaser:given", 1))


@pytest.mark.parametrize("harm", [remove, remove_key, cut_the_end, cut_the_beginning, change_a_kind])
def test_without_a_whole_ledger_nothing_is_restored_unless_somebody_signs(
    world: Revocable, tmp_path: Path, harm: Callable[[Ledger], None]
) -> None:
    for act in ("replace the key", "pause"):
        acts(world)[act]()
    backup(world.options.database_url, tmp_path / "kept.db")
    for act in ("replace the key", "take the actor"):
        acts(world)[act]()
    live = rights(world.engine)
    harm(ledger_at(world.options))
    with pytest.raises(LedgerError):
        restore(world, tmp_path / "kept.db", now=NOW)
    assert rights(world.engine) == live
    no_administrator, no_reason = Signature("guest@exemple.invalid", SIGNED.reason), Signature(SIGNED.email, "ok")
    for signature, refused in ((no_administrator, ConflictError), (no_reason, InvalidError)):
        with pytest.raises(refused):
            restore(world, tmp_path / "kept.db", signature=signature, now=NOW)
    assert not list(tmp_path.glob("*.ecarte"))
    assert restore(world, tmp_path / "kept.db", signature=SIGNED, now=NOW).problem
    entry = read_once(world.engine, journal_page, limit=1)[0]
    assert (entry.actor, entry.action) == ("account:boss", "database.restored")
    assert SIGNED.reason in entry.detail
    with reading(world.engine) as session:
        assert not [row for row in session.exec(select(AccountSession)) if row.revoked_at is None]


def changed_backup(world: Revocable, kept: Path, change: Callable[[Engine], None]) -> Path:
    """Make a backup of which the database was changed by hand."""
    copies, changed = copies_of(world.options.database_url), kept.with_name("changed.db")
    with copies.working_copy(kept) as url:
        opened = open_database(url)
        change(opened)
        opened.dispose()
        backup(url, changed)
    return changed


def test_a_backup_of_before_the_ledger_wants_a_signature_and_gets_the_whole_ledger(
    world: Revocable, tmp_path: Path
) -> None:
    backup(world.options.database_url, tmp_path / "kept.db")
    kept = changed_backup(world, tmp_path / "kept.db", partial(bring_down_to, revision="0014"))
    acts(world)["erase"]()
    with pytest.raises(LedgerError):
        restore(world, kept, now=NOW)
    assert restore(world, kept, signature=SIGNED, now=NOW).replayed["person:erased"] == 2


def break_the_journal(opened: Engine) -> None:
    unguarded(opened)
    with opened.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'account:x' WHERE seq = 2"))


def test_a_backup_whose_journal_is_broken_wants_a_signature(world: Revocable, tmp_path: Path) -> None:
    backup(world.options.database_url, tmp_path / "kept.db")
    kept = changed_backup(world, tmp_path / "kept.db", break_the_journal)
    with pytest.raises(SourceError, match="rompu"):
        restore(world, kept, now=NOW)
    assert "rompu" in restore(world, kept, signature=SIGNED, now=NOW).problem


def test_a_crash_before_the_commit_leaves_a_revocation_too_many_and_never_one_too_few(world: Revocable) -> None:
    ledger = ledger_at(world.options)
    before = len(ledger.lines()) if ledger.path.exists() else 0
    with suppress(ZeroDivisionError), writing(world.engine) as session:
        session.execute(text("UPDATE accounts SET disabled_at = '2026-01-01' WHERE id = 'deputy'"))
        noted = ledger_of(world.engine)
        assert noted
        noted.take(session)
        raise ZeroDivisionError
    assert "password deputy premier" in rights(world.engine)
    assert len(ledger.lines()) == before + 1
    acts(world)["disable"]()
    assert len(ledger.lines()) == before + 2


def test_a_line_half_written_by_a_crash_is_not_read_and_is_written_over(world: Revocable) -> None:
    ledger = ledger_at(world.options)
    acts(world)["disable"]()
    count = len(ledger.lines())
    with ledger.path.open("ab") as file:
        file.write(b'[99, "2026')
    assert len(ledger.lines()) == count
    acts(world)["enable"]()
    assert [line.kind for line in ledger.lines()][-2:] == ["account:disabled", "account:enabled"]


def test_the_ledger_names_nobody_and_is_its_owner_s_alone(world: Revocable) -> None:
    for act in REVOKING:
        do(world, act)
    ledger = ledger_at(world.options)
    for path in (ledger.path, ledger._key_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = ledger.path.read_text("utf-8")
    for name in ("guest", "deputy", "exemple", world.case_id, world.actor_id, '"p"', '"s"'):
        assert name not in content
    with reading(world.engine) as session:
        assert not session.exec(select(RevocationNotice)).all()


def test_every_trigger_is_in_a_migrated_database(world: Revocable) -> None:
    """A migration that makes a table anew drops its triggers, and must set them again."""
    question = "SELECT tgname FROM pg_trigger" if SERVER else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with world.engine.connect() as connection:
        names = set(connection.execute(text(question)).scalars())
    assert {watched.trigger for watched in WATCHED} <= names


def test_a_journal_written_anew_is_found_by_the_mark_of_the_night(world: Revocable) -> None:
    before = read_once(world.engine, verify)
    acts(world)["disable"]()
    assert verify_and_mark(world.engine).problem == ""
    acts(world)["enable"]()
    assert verify_by_marks(world.engine).problem == ""
    unguarded(world.engine)
    with world.engine.begin() as connection:
        # A whole journal, but not the one that was marked.
        connection.execute(text("DELETE FROM audit WHERE seq > :count"), {"count": before.count})
        connection.execute(text("UPDATE audit_head SET count = :count, last_hash = :last_hash"), vars(before))
    assert "repère" in verify_by_marks(world.engine).problem


def test_what_a_person_changes_by_hand_in_the_tables_is_noted_at_the_next_write(world: Revocable) -> None:
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET revoked_at = '2026-11-24'"))
    acts(world)["pause"]()
    assert [line.kind for line in ledger_at(world.options).lines()][-2:] == ["key:revoked", "subscription:paused"]


def test_a_service_without_its_ledger_s_key_does_not_start(world: Revocable) -> None:
    acts(world)["disable"]()
    remove_key(ledger_at(world.options))
    with pytest.raises(PoleSudError, match="clé"):
        revocations_of(world.options)


def test_a_database_that_is_opened_without_a_ledger_says_of_nothing_that_it_was_sent(engine: Engine) -> None:
    with reading(engine) as session:
        assert not has_sent(session, "x")
