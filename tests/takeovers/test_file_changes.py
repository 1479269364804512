"""A takeover's file: played whole on both tracks; a refused change changes nothing; history is only ever added to."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.accounts import accounts, invitations
from api.audit import log
from api.brokerage.case_changes import Keep
from api.catalogue.schemas import TakeoverIn
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.privacy import personal_data
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from api.takeovers.case_file.exclusivity import exclusive_until
from api.takeovers.case_file.guards import OFFER_HEADS
from api.takeovers.case_file.history import StoredFile, read_file, trail_of
from api.takeovers.sheet.queries import figures_of
from api.takeovers.sheet.sheet_facts import SheetChoices, told_rows
from api.takeovers.stages.reasons import LOSSES, Reason
from api.takeovers.stages.transitions import Move, Procedure, Stage, Way, first_stage, moves_from, reasons_of
from models.agreements import SignedAgreement
from models.blind_sheets import BlindSheet
from models.database import reading, writing
from models.opportunities import Opportunity, TakeoverCase
from models.reveal import Consent
from tests.support.night_world import SIGNER, add_actor, add_case, add_need, small
from tests.support.options import OPTIONS
from tests.support.proof_share import examples
from tests.support.reads import read_once

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
EMAIL, PASSWORD = "anim@exemple.invalid", "correct cheval pile agrafe"
SAID = {"said_by": "le cédant, au téléphone", "note": "le métier et le canton"}


@pytest.fixture
def case(engine: Engine) -> str:
    """A case whose owner retires, with eight employees."""
    small(engine)
    return add_case(engine, 1, None, takeover=TakeoverIn(cause="retirement", headcount=8))


def insolvent(engine: Engine) -> str:
    small(engine)
    return add_case(engine, 2, None, takeover=TakeoverIn(cause="insolvency", headcount=8))


def said(kind: DateKind, day: date = TODAY, **words: str) -> GivenDay:
    return GivenDay(kind, day, **(SAID | words))


def file_of(engine: Engine, case_id: str) -> StoredFile:
    return read_once(engine, read_file, case_id)


def do(
    engine: Engine, case_id: str, *days: GivenDay, to: Stage | None = None, way: Way = Way.FORWARD, **fields: Any
) -> StoredFile:
    """Change a file as it is stored now, by a move if `to` is given; return what is stored then."""
    fields = {"move": Move(way, to) if to else None, "days": days} | fields
    seen = file_of(engine, case_id).row.version
    change_file(engine, case_id, FileChange(**fields), seen=seen, by="cli", now=NOW, options=OPTIONS)
    return file_of(engine, case_id)


def dump(engine: Engine, case_id: str) -> list[Any]:
    file = file_of(engine, case_id)
    return [
        file.row.model_dump(),
        file.opportunity.status,
        [step.model_dump() for step in file.steps],
        sorted((row.model_dump() for row in file.dates.values()), key=lambda row: row["kind"]),
    ]


def refused(engine: Engine, case_id: str, *days: GivenDay, words: str, **fields: Any) -> None:
    before = dump(engine, case_id)
    with pytest.raises((ConflictError, InvalidError)) as error:
        do(engine, case_id, *days, **fields)
    reasons = [why for _, why in getattr(error.value, "fields", ())]
    assert words.lower() in " ".join([error.value.detail, *reasons]).lower()
    assert dump(engine, case_id) == before


def test_a_retirement_is_played_from_the_first_contact_to_the_end(engine: Engine, case: str) -> None:
    assert file_of(engine, case).standing.stage == Stage.FIRST_CONTACT
    refused(engine, case, to=Stage.MANDATE, words="accord du cédant")
    refused(engine, case, said(DateKind.AGREEMENT, note=""), to=Stage.MANDATE, words="ce qui peut être dit")
    do(engine, case, said(DateKind.AGREEMENT), to=Stage.MANDATE)
    do(engine, case, to=Stage.BLIND_SHEET)
    refused(engine, case, to=Stage.APPROACHED, words="fiche aveugle")
    do(engine, case, said(DateKind.SHEET_APPROVED), to=Stage.APPROACHED)
    do(engine, case, said(DateKind.COMMITMENT), to=Stage.COMMITTED)
    do(engine, case, to=Stage.MET)
    do(engine, case, said(DateKind.INTENT_SIGNED), to=Stage.INTENT)
    do(engine, case, to=Stage.AUDIT)
    refused(engine, case, to=Stage.FINANCED, words="le protocole n’a pas de date")
    do(engine, case, said(DateKind.PROTOCOL), to=Stage.PROTOCOL)
    do(engine, case, to=Stage.FINANCED)
    closing = said(DateKind.CLOSING)
    refused(engine, case, closing, to=Stage.CLOSED, words="salariés ont été informés")
    refused(engine, case, closing, to=Stage.CLOSED, overruled=True, words="passez outre")
    late = said(DateKind.EMPLOYEES_INFORMED, TODAY - timedelta(days=20))
    refused(engine, case, closing, late, to=Stage.CLOSED, words="informés trop tard")
    informed = said(DateKind.EMPLOYEES_INFORMED, TODAY - timedelta(days=40), note="remise contre signature")
    do(engine, case, closing, informed, to=Stage.CLOSED)
    do(engine, case, to=Stage.HANDOVER)
    refused(engine, case, to=Stage.DONE, words="emplois")
    file = do(engine, case, to=Stage.DONE, jobs_kept=7, closes_case=True)
    assert (file.row.jobs_kept, file.opportunity.status) == (7, "closed")
    assert [step.to_stage for step in file.steps][-1] == Stage.DONE
    assert "remise contre signature" in "".join(step.note for step in file.steps)
    assert read_once(engine, log.verify).problem == ""


def test_a_warning_is_overruled_by_name_with_a_reason(engine: Engine, case: str) -> None:
    do(engine, case, said(DateKind.AGREEMENT), to=Stage.MANDATE)
    do(engine, case, said(DateKind.COMMITMENT), to=Stage.COMMITTED)
    do(engine, case, to=Stage.MET)
    do(engine, case, said(DateKind.PROTOCOL), to=Stage.PROTOCOL)
    fields = {"to": Stage.CLOSED, "overruled": True, "note": "L’avocat confirme par écrit."}
    file = do(engine, case, said(DateKind.CLOSING), **fields)
    assert file.steps[-1].reasons == [Reason.OVERRULED]
    assert file.steps[-1].by == "cli"


def test_an_insolvency_is_played_from_the_judgment_to_the_sale(engine: Engine) -> None:
    case = insolvent(engine)
    assert file_of(engine, case).standing.stage == Stage.JUDGMENT
    do(engine, case, said(DateKind.JUDGMENT, TODAY - timedelta(days=60)), procedure=Procedure.RECOVERY)
    do(engine, case, to=Stage.ADMINISTRATOR)
    refused(engine, case, to=Stage.CALL, words="date limite")
    do(engine, case, said(DateKind.OFFERS_DUE, TODAY - timedelta(days=1)), to=Stage.CALL)
    do(engine, case, to=Stage.PREPARING)
    filed = said(DateKind.OFFER_FILED)
    refused(engine, case, filed, to=Stage.FILED, words="Cochez")
    refused(engine, case, filed, to=Stage.FILED, heads=OFFER_HEADS, words="après la date limite")
    on_time = said(DateKind.OFFER_FILED, TODAY - timedelta(days=1))
    do(engine, case, on_time, to=Stage.FILED, heads=OFFER_HEADS)
    refused(engine, case, said(DateKind.HEARING, TODAY + timedelta(days=3)), to=Stage.HEARD, words="l’audience")
    do(engine, case, said(DateKind.HEARING), to=Stage.HEARD)
    put_off = do(engine, case, to=Stage.CALL, way=Way.FALLBACK, reasons=[Reason.HEARING_PUT_OFF])
    assert not {DateKind.HEARING, DateKind.OFFERS_DUE, DateKind.OFFER_FILED} & set(put_off.dates)
    assert "audience" in put_off.steps[-1].note
    do(engine, case, to=Stage.PREPARING)
    do(engine, case, filed, to=Stage.FILED, heads=OFFER_HEADS)
    do(engine, case, said(DateKind.HEARING), to=Stage.HEARD)
    do(engine, case, said(DateKind.PLAN), to=Stage.PLAN)
    do(engine, case, said(DateKind.POSSESSION), to=Stage.POSSESSION)
    # The law on the information of employees is not about a sale by a court.
    assert do(engine, case, said(DateKind.CLOSING), to=Stage.CLOSED).standing.stage == Stage.CLOSED


def test_a_second_letter_waits_until_the_first_no_longer_binds_the_owner(engine: Engine, case: str) -> None:
    do(engine, case, said(DateKind.AGREEMENT), to=Stage.MANDATE)
    do(engine, case, said(DateKind.COMMITMENT), to=Stage.COMMITTED)
    do(engine, case, to=Stage.MET)
    do(engine, case, said(DateKind.INTENT_SIGNED), to=Stage.INTENT)
    do(engine, case, to=Stage.MET, way=Way.FALLBACK, reasons=[Reason.PRICE])
    refused(engine, case, said(DateKind.INTENT_SIGNED), to=Stage.INTENT, words="exclusivité d’une autre lettre")
    bound = file_of(engine, case)
    assert exclusive_until(bound, today=TODAY, options=OPTIONS) == TODAY + timedelta(days=OPTIONS.exclusivity_days)
    assert exclusive_until(bound, today=TODAY + timedelta(days=61), options=OPTIONS) is None
    do(engine, case, to=Stage.APPROACHED, way=Way.FALLBACK, reasons=[Reason.EXCLUSIVITY_ENDED])
    do(engine, case, said(DateKind.COMMITMENT), to=Stage.COMMITTED)
    do(engine, case, to=Stage.MET)
    assert do(engine, case, said(DateKind.INTENT_SIGNED), to=Stage.INTENT).standing.stage == Stage.INTENT


def test_who_is_not_ready_is_seen_again_on_a_day_to_come(engine: Engine, case: str) -> None:
    leave: dict[str, Any] = {"to": Stage.WITHDRAWN, "way": Way.OUT, "reasons": [Reason.NOT_READY]}
    refused(engine, case, words="quand y revenir", **leave)
    do(engine, case, said(DateKind.RESUME_ON, TODAY + timedelta(days=90)), **leave)
    back = do(engine, case, to=Stage.FIRST_CONTACT, way=Way.CORRECTION)
    assert (back.standing.stage, back.standing.trail) == (Stage.FIRST_CONTACT, ())
    assert [step.to_stage for step in back.steps] == [Stage.WITHDRAWN, Stage.FIRST_CONTACT]


def test_a_stale_form_is_refused_and_what_is_no_takeover_has_no_file(engine: Engine, case: str) -> None:
    do(engine, case, note="Rappelé.")
    before = dump(engine, case)
    with pytest.raises(ChangedMeanwhileError):
        change_file(engine, case, FileChange(note="Deux"), seen=0, by="cli", now=NOW, options=OPTIONS)
    assert dump(engine, case) == before
    refused(engine, case, words="rien à enregistrer")
    refused(engine, case, GivenDay(DateKind.MEETING, date(1789, 7, 14)), words="entre 1990 et 2100")
    with pytest.raises(NotFoundError):
        file_of(engine, add_need(engine, 5))


def test_a_day_is_corrected_and_taken_back_and_the_history_keeps_it(engine: Engine, case: str) -> None:
    do(engine, case, said(DateKind.PROTOCOL, date(2027, 1, 15)))
    moved = do(engine, case, said(DateKind.PROTOCOL, date(2027, 2, 1), said_by="Me Roche"))
    assert "1er février 2027, au lieu du 15 janvier 2027, dit par Me Roche" in moved.steps[-1].note
    gone = do(engine, case, GivenDay(DateKind.PROTOCOL, None))
    assert gone.dates == {}
    assert "plus de date" in gone.steps[-1].note


NUMBERS = itertools.count(10)
KINDS = st.sampled_from(DateKind)
DAYS = st.builds(GivenDay, KINDS, st.none() | st.dates(TODAY - timedelta(days=90), TODAY + timedelta(days=90)))


@settings(deadline=None, max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_history_leads_to_the_stage_and_a_refused_change_changes_nothing(engine: Engine, data: st.DataObject) -> None:
    case = add_case(engine, next(NUMBERS), None)
    steps: Sequence[dict[str, Any]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        before = dump(engine, case)
        move = data.draw(st.none() | st.sampled_from(moves_from(file_of(engine, case).standing)))
        reasons = list(reasons_of(move)[:1]) if move else data.draw(st.sampled_from(([], [LOSSES[0]])))
        fields: dict[str, Any] = {"days": data.draw(st.lists(DAYS, max_size=2)), "heads": OFFER_HEADS, "note": "N"}
        jobs = data.draw(st.sampled_from((Keep.KEEP, None, 3)))
        change = FileChange(move, reasons, jobs_kept=jobs, overruled=True, **fields)
        try:
            change_file(engine, case, change, seen=before[0]["version"], by="cli", now=NOW, options=OPTIONS)
        except (ConflictError, InvalidError):
            assert dump(engine, case) == before
        after = file_of(engine, case)
        written = [step.model_dump() for step in after.steps]
        assert written[: len(steps)] == steps
        assert [step["number"] for step in written] == list(range(1, after.row.version + 1))
        steps = written
        start = first_stage(after.takeover.cause)
        assert after.row.stage == (after.steps[-1].to_stage if after.steps else start)
        assert (*trail_of(after.steps), after.row.stage)[0] == start


def test_after_an_erasure_the_file_is_nobodys_and_its_steps_stay(engine: Engine, case: str) -> None:
    link = invitations.invite(engine, EMAIL, "facilitator", name="Camille", by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    account_id = accounts.find_account(engine, EMAIL).id
    change = FileChange(facilitator_id=account_id, note="Je m’en charge.", days=[said(DateKind.MEETING)])
    change_file(engine, case, change, seen=0, by=f"account:{account_id}", now=NOW, options=OPTIONS)
    export = personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW)["takeovers"]
    assert {name: len(rows) for name, rows in export.items()} == {"files": 1, "steps": 1, "dates": 1, "facts": 0}
    own = personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW, with_confidential=False)
    assert "takeovers" not in own
    personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    file = file_of(engine, case)
    assert (file.row.facilitator_id, file.steps[0].facilitator_id) == (None, account_id)
    with pytest.raises(NotFoundError):
        do(engine, case, facilitator_id=account_id)


def test_a_closed_case_is_proposed_to_nobody_and_a_correction_leaves_it_closed(engine: Engine, case: str) -> None:
    do(engine, case, to=Stage.LOST, way=Way.OUT, reasons=[Reason.PRICE], closes_case=True)
    do(engine, case, to=Stage.FIRST_CONTACT, way=Way.CORRECTION)
    with reading(engine) as session:
        assert session.get_one(Opportunity, case).status == "closed"


def test_what_other_pages_say_is_not_asked_for_twice(engine: Engine, case: str) -> None:
    """The sheet that the owner approved, until its facts change; an agreement that was signed for this candidate."""
    do(engine, case, said(DateKind.AGREEMENT), to=Stage.MANDATE)
    do(engine, case, to=Stage.BLIND_SHEET)
    approved = {"approved_on": TODAY, "approved_by": "owner", "approved_how": "mail"}
    with writing(engine) as session:
        choices = SheetChoices(("turnover",))
        told = told_rows(figures_of(session, case), choices, is_first_split=False)
        text = {"code_name": "Saule", "line": "ligne", "choices": choices.as_json(), "told": told}
        session.add(BlindSheet(id="b", opportunity_id=case, number=1, saved_by="cli", **text, **approved))
    assert file_of(engine, case).all_dates[DateKind.SHEET_APPROVED].said_by == "le cédant"
    do(engine, case, to=Stage.APPROACHED)
    actor = add_actor(engine, 1)
    consent = {"opportunity_id": case, "actor_id": actor, "side": "actor", "given_at": NOW, "given_by": "x"}
    signed = {"opportunity_id": case, "actor_id": actor, "way": "paper", "signer": "Camille Roche", "signed_on": TODAY}
    with writing(engine) as session:
        session.add(Consent(id="c", **consent))
        session.flush()
        file = {"suffix": ".pdf", "content": b"%PDF", "sha256": "0" * 64}
        session.add(SignedAgreement(id="s", consent_id="c", noted_at=NOW, noted_by="x", **signed, **file))
    do(engine, case, to=Stage.COMMITTED)
    do(engine, case, to=Stage.APPROACHED, way=Way.FALLBACK, reasons=[Reason.CANDIDATE_WITHDREW])
    with writing(engine) as session:
        session.get_one(SignedAgreement, "s").noted_at = NOW - timedelta(days=1)
    refused(engine, case, to=Stage.COMMITTED, words="engagement de confidentialité")
    with writing(engine) as session:
        session.get_one(TakeoverCase, case).turnover_eur = 900_000
    changed = DateKind.SHEET_APPROVED in file_of(engine, case).noted_elsewhere
    assert not changed


def test_until_when_a_court_takes_offers_stands_on_the_card_too(engine: Engine) -> None:
    """Else « Ma journée » would show two days of one case, and partners read the older one."""
    case_id = insolvent(engine)
    for offers_due in (TODAY + timedelta(days=10), TODAY + timedelta(days=14), None):
        given = GivenDay(DateKind.OFFERS_DUE, offers_due, **SAID)
        assert do(engine, case_id, given).opportunity.deadline == offers_due
