"""The confidentiality agreement: versions that never change, who signed which, and what becomes of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from api.confidentiality import agreement_texts, agreements
from api.confidentiality.agreement_summary import summary
from api.confidentiality.agreement_texts import current_text, text_of, write_text
from api.confidentiality.agreements import PaperAgreement, agreements_about, note_paper, sign_in_space
from api.confidentiality.disclosure import (
    ConsentSide,
    DisclosureLevel,
    consents_for_reader,
    grant_consent,
    revoke_consent,
)
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError
from models.agreements import AgreementText, SignedAgreement
from models.database import reading, writing
from tests.support.night_world import add_actor, add_case
from tests.support.reads import read_once
from tests.support.small_files import words_of

NOW = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
TODAY = date(2026, 11, 29)
LONG_TEXT = "Je garde le secret.\n" * 30
ABOUT = "Entreprise à reprendre"


@pytest.fixture
def pair(engine: Engine) -> tuple[str, str]:
    """A case that is told of, whose owner has agreed for an actor."""
    actor_id, case_id = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie", title="Fournil Bessolière")
    grant_consent(engine, case_id, actor_id, ConsentSide.HOLDER, account_id="boss", now=NOW)
    return case_id, actor_id


def sign(engine: Engine, pair: tuple[str, str], account_id: str, signer: str = "Camille Roche") -> None:
    text = read_once(engine, current_text)
    sign_in_space(
        engine, *pair, text=text, seen=text.number, signer=signer, actor_name="Coopérative 1", about=ABOUT,
        account_id=account_id, now=NOW,
    )  # fmt: skip


def paper(engine: Engine, pair: tuple[str, str], signed_on: date = TODAY, scan: bytes | None = None) -> None:
    noted = PaperAgreement("Noé Faure", signed_on, read_once(engine, current_text), (".pdf", scan) if scan else None)
    note_paper(engine, *pair, noted, actor_name="C", about=ABOUT, account_id="boss", now=NOW, today=TODAY)


def level(engine: Engine, pair: tuple[str, str], account_id: str) -> DisclosureLevel:
    return read_once(engine, consents_for_reader, *pair, account_id).level


def test_a_new_version_leaves_the_older_ones_as_they_were(engine: Engine) -> None:
    first = read_once(engine, current_text)
    assert first.is_intact
    number = write_text(engine, f"  {LONG_TEXT}  \r\n", seen=first.number, account_id="boss", now=NOW)
    assert read_once(engine, text_of, first.number) == first
    newest = read_once(engine, current_text)
    assert (newest.number, newest.text, newest.is_intact) == (number, LONG_TEXT.strip(), True)


def test_a_version_that_is_short_the_same_or_written_over_another_s_is_refused(engine: Engine) -> None:
    first = read_once(engine, current_text)
    for text in ("Motus.", first.text.replace("\n", "\r\n")):
        with pytest.raises(InvalidError):
            write_text(engine, text, seen=first.number, account_id="boss", now=NOW)
    write_text(engine, LONG_TEXT, seen=first.number, account_id="boss", now=NOW)
    with pytest.raises(ChangedMeanwhileError):
        write_text(engine, LONG_TEXT + "Encore.", seen=first.number, account_id="deputy", now=NOW)


def test_a_text_that_somebody_changed_in_the_tables_is_signed_by_nobody(engine: Engine, pair: tuple[str, str]) -> None:
    with writing(engine) as session:
        session.execute(update(AgreementText).values(text="Autre chose."))
    with pytest.raises(ConflictError):
        sign(engine, pair, "guest")


def test_who_reads_has_signed_and_another_account_of_the_actor_has_not(engine: Engine, pair: tuple[str, str]) -> None:
    sign(engine, pair, "guest")
    assert level(engine, pair, "guest") is DisclosureLevel.IDENTITY
    assert level(engine, pair, "colleague") is DisclosureLevel.ONE_SIDE
    sign(engine, pair, "colleague")
    assert level(engine, pair, "colleague") is DisclosureLevel.IDENTITY
    assert len(read_once(engine, agreements_about, pair[0])) == 2


def test_a_paper_counts_for_every_account_of_the_actor(engine: Engine, pair: tuple[str, str]) -> None:
    paper(engine, pair)
    assert level(engine, pair, "anybody") is DisclosureLevel.IDENTITY


def test_a_consent_that_was_noted_before_there_were_agreements_stands(engine: Engine, pair: tuple[str, str]) -> None:
    grant_consent(engine, *pair, ConsentSide.ACTOR, account_id="boss", now=NOW)
    assert level(engine, pair, "guest") is DisclosureLevel.IDENTITY


def test_once_withdrawn_everybody_signs_anew(engine: Engine, pair: tuple[str, str]) -> None:
    for account_id in ("guest", "colleague"):
        sign(engine, pair, account_id)
    revoke_consent(engine, *pair, ConsentSide.ACTOR, account_id="guest", now=NOW)
    assert level(engine, pair, "guest") is DisclosureLevel.ONE_SIDE
    sign(engine, pair, "guest")
    assert level(engine, pair, "guest") is DisclosureLevel.IDENTITY
    assert level(engine, pair, "colleague") is DisclosureLevel.ONE_SIDE
    kept = read_once(engine, summary, pair[0])
    assert ([signer for *_, signer in kept.signed], kept.ended) == (["Camille Roche"], 2)


def test_the_file_has_the_text_the_name_the_day_and_the_hash_and_not_the_company(
    engine: Engine, pair: tuple[str, str]
) -> None:
    sign(engine, pair, "guest")
    text = read_once(engine, current_text)
    with reading(engine) as session:
        row = session.exec(select(SignedAgreement)).one()
    words = " ".join(words_of(row.content))
    assert agreement_texts.sha256_of(row.content) == row.sha256
    assert row.text_sha256 == text.sha256
    for said in (text.sha256, "Camille Roche", "Coopérative 1", "29 novembre 2026", ABOUT, "vaut cinq ans"):
        assert said in words
    assert "Bessol" not in words


def test_signing_twice_is_once_and_an_older_page_signs_nothing(engine: Engine, pair: tuple[str, str]) -> None:
    sign(engine, pair, "guest")
    sign(engine, pair, "guest")
    assert len(read_once(engine, agreements_about, pair[0])) == 1
    text = read_once(engine, current_text)
    write_text(engine, LONG_TEXT, seen=text.number, account_id="boss", now=NOW)
    with pytest.raises(ChangedMeanwhileError):
        sign_in_space(
            engine, *pair, text=text, seen=text.number, signer="Camille", actor_name="C", about=ABOUT,
            account_id="colleague", now=NOW,
        )  # fmt: skip
    assert level(engine, pair, "guest") is DisclosureLevel.IDENTITY


def test_a_paper_without_a_name_a_text_or_of_tomorrow_is_refused(engine: Engine, pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidError, match="à venir"):
        paper(engine, pair, TODAY + timedelta(days=1))
    for noted in (PaperAgreement("N", TODAY, None, None), PaperAgreement("  ", TODAY, None, (".pdf", b"x"))):
        with pytest.raises(InvalidError):
            note_paper(engine, *pair, noted, actor_name="C", about=ABOUT, account_id="boss", now=NOW, today=TODAY)
    assert level(engine, pair, "guest") is DisclosureLevel.ONE_SIDE


@pytest.mark.parametrize("signer", ["", " \u200b\u2060", "\u202e", "?!", "李", "X"])
def test_what_is_no_name_once_it_is_printed_signs_nothing(engine: Engine, pair: tuple[str, str], signer: str) -> None:
    with pytest.raises(InvalidError, match="nom"):
        sign(engine, pair, "guest", signer)
    assert level(engine, pair, "guest") is DisclosureLevel.ONE_SIDE


def test_after_its_last_day_no_name_and_no_file_is_left(engine: Engine, pair: tuple[str, str]) -> None:
    sign(engine, pair, "guest")
    paper(engine, pair, date(2016, 11, 1), b"%PDF-")
    with writing(engine) as session:
        assert agreements.forget_old_agreements(session, NOW, 3_653) == 1
    with writing(engine) as session:
        assert agreements.forget_old_agreements(session, NOW, 3_653) == 0
    with reading(engine) as session:
        old, new = session.exec(select(SignedAgreement).order_by(col(SignedAgreement.signed_on))).all()
    assert (old.signer, old.content, old.account_id, old.forgotten_at) == ("", b"", "", NOW)
    assert (new.signer, new.account_id, new.forgotten_at) == ("Camille Roche", "guest", None)
