"""Versions of a blind sheet: what stands is what the owner agreed to, and only who was let in reads it."""

import dataclasses
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import select

from api.confidentiality.disclosure import ConsentSide, grant_consent, revoke_consent
from api.confidentiality.teaser import teaser_of
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.history import read_file
from api.takeovers.company.company_facts import CompanyFacts, YearFigures
from api.takeovers.company.saving import save_facts
from api.takeovers.reach.proposals import propose
from api.takeovers.reach.proposals import withdraw as withdraw_proposal
from api.takeovers.reach.sheet_reading import open_sheet
from api.takeovers.sheet.approval import Approval, ApprovedBy, ApprovedHow
from api.takeovers.sheet.blind_sheets import SheetDraft, approve_version, save_version, withdraw_sheet
from api.takeovers.sheet.queries import figures_of, standing_sheet, versions_of
from api.takeovers.sheet.sheet_facts import RECORDED, SheetChoices
from api.takeovers.sheet.state import SheetState, summary
from models.database import reading, writing
from models.tables import AuditEntry, BlindSheet, Contact, Opportunity, TakeoverCase, TeaserLine
from models.unit_of_work import unit_of_work
from tests.support.night_world import add_actor, add_case, add_need
from tests.support.options import OPTIONS
from tests.takeovers.test_sheet_words import SECRETS

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOME = ("26", "07")
MAIL = Approval(ApprovedBy.OWNER, ApprovedHow.MAIL, date(2026, 11, 24))


@dataclasses.dataclass(frozen=True)
class SheetCase:
    """A case that is told of, an actor, and what a facilitator does with the sheet."""

    engine: Engine
    case_id: str
    actor_id: str

    def save(
        self, strengths: str = "Bail récent", *, recorded: tuple[str, ...] = tuple(RECORDED), seen: int = -1
    ) -> int:
        with writing(self.engine) as session:
            last = len(versions_of(session, self.case_id))
            teaser = teaser_of(session, session.get_one(Opportunity, self.case_id), HOME)
            draft = SheetDraft(SheetChoices.of(recorded, {"sale": "business"}), strengths, teaser, is_first_split=False)
            number = last if seen < 0 else seen
            return save_version(session, self.case_id, draft, SECRETS, seen=number, by="account:f", now=NOW)

    def approve(self, number: int, approval: Approval = MAIL) -> None:
        with writing(self.engine) as session:
            teaser = teaser_of(session, session.get_one(Opportunity, self.case_id), HOME)
            approve_version(session, self.case_id, number, approval, teaser, by="account:f", now=NOW)

    def withdraw(self) -> None:
        with writing(self.engine) as session:
            withdraw_sheet(session, self.case_id, by="account:f", now=NOW)

    def consent(self, side: ConsentSide = ConsentSide.HOLDER) -> None:
        grant_consent(self.engine, self.case_id, self.actor_id, side, account_id="f", now=NOW)

    def read(self) -> BlindSheet | None:
        with unit_of_work(self.engine) as unit:
            return open_sheet(unit, self.case_id, self.actor_id, account_id="p", now=NOW)

    def readings(self) -> int:
        with reading(self.engine) as session:
            return len(session.exec(select(AuditEntry).where(AuditEntry.action == "sheet.read")).all())

    def set_turnover(self, amount: float) -> None:
        with writing(self.engine) as session:
            case = session.get_one(TakeoverCase, self.case_id)
            case.turnover_eur = amount
            session.add(case)

    def state(self) -> SheetState:
        with reading(self.engine) as session:
            return summary(session, self.case_id).state


@pytest.fixture
def case(engine: Engine) -> SheetCase:
    case_id = add_case(engine, 1, "Une boulangerie", department="26")
    with writing(engine) as session:
        session.execute(delete(TakeoverCase).where(TakeoverCase.opportunity_id == case_id))  # type: ignore[arg-type]
        session.add(
            TakeoverCase(opportunity_id=case_id, cause="retirement", turnover_eur=390_000, price_max_eur=90_000)
        )
    return SheetCase(engine, case_id, add_actor(engine, 1))


def test_a_sheet_is_read_outside_only_once_the_owner_agreed_to_it_and_to_this_actor(case: SheetCase) -> None:
    number = case.save()
    case.consent()
    assert case.read() is None
    case.approve(number)
    sheet = case.read()
    assert sheet is not None
    assert ["Chiffre d’affaires annuel", "de 100\u202f000 à 500\u202f000\N{NO-BREAK SPACE}€"] in sheet.told
    assert case.readings() == 1
    revoke_consent(case.engine, case.case_id, case.actor_id, ConsentSide.HOLDER, account_id="f", now=NOW)
    assert case.read() is None
    case.consent(ConsentSide.ACTOR)
    assert case.read() is None, "an undertaking of its own lets nobody in: the house does"
    propose(case.engine, case.case_id, case.actor_id, account_id="f", now=NOW, options=OPTIONS)
    assert case.read() is not None
    withdraw_proposal(case.engine, case.case_id, case.actor_id, account_id="f", now=NOW)
    assert case.read() is None
    assert case.readings() == 2


def test_a_draft_changes_nothing_outside_and_a_later_agreement_replaces_the_sheet(case: SheetCase) -> None:
    case.approve(case.save())
    case.consent()
    second = case.save("Équipe formée")
    assert second == 2
    assert (read := case.read()) is not None
    assert read.number == 1
    assert case.state() is SheetState.TO_APPROVE
    case.approve(second)
    assert (read := case.read()) is not None
    assert read.strengths == "Équipe formée"
    case.withdraw()
    assert case.read() is None, "the version that was replaced does not come back"
    assert case.state() is SheetState.WITHDRAWN
    assert case.save("Équipe formée") == 3, "what was withdrawn is agreed to anew"


def test_changed_facts_ask_for_the_agreement_again_and_change_nothing_that_was_agreed_to(case: SheetCase) -> None:
    case.approve(case.save())
    case.consent()
    case.set_turnover(410_000)
    assert case.state() is SheetState.APPROVED, "the sheet would say the same"
    case.set_turnover(610_000)
    with reading(case.engine) as session:
        now = summary(session, case.case_id)
    assert now.state is SheetState.CHANGED
    assert [change.name for change in now.changes] == ["Chiffre d’affaires annuel"]
    assert (read := case.read()) is not None
    assert "500" in read.told[0][1]
    case.approve(case.save())
    assert case.state() is SheetState.APPROVED


def test_a_case_that_is_no_longer_told_of_has_no_sheet_outside(case: SheetCase) -> None:
    case.approve(case.save())
    case.consent()
    with writing(case.engine) as session:
        session.get_one(Opportunity, case.case_id).teaser = None
    assert case.read() is None


def test_what_is_agreed_to_counts_as_told_with_all_lines_of_the_case(case: SheetCase) -> None:
    """The line of the sheet binds later lines as one that was read does."""
    number = case.save()
    with reading(case.engine) as session:
        assert session.exec(select(TeaserLine)).all() == []
    case.approve(number)
    with reading(case.engine) as session:
        (line,) = session.exec(select(TeaserLine)).all()
        sheet = standing_sheet(session, case.case_id)
    assert sheet is not None
    assert (line.number, line.text) == (1, sheet.line)


def test_the_file_of_the_takeover_has_the_day_of_the_agreement_as_long_as_the_sheet_stands(case: SheetCase) -> None:
    case.approve(case.save())
    with reading(case.engine) as session:
        row = read_file(session, case.case_id).noted_elsewhere[DateKind.SHEET_APPROVED]
    assert (row.day, row.said_by, row.note) == (MAIL.on, "le cédant", "version 1")
    case.withdraw()
    with reading(case.engine) as session:
        assert DateKind.SHEET_APPROVED not in read_file(session, case.case_id).all_dates


def test_the_turnover_of_the_last_year_that_was_noted_counts_before_that_of_the_card(case: SheetCase) -> None:
    facts = CompanyFacts(years=[YearFigures(2024, 90_000), YearFigures(2025, 620_000)])
    save_facts(case.engine, case.case_id, facts, seen=0, by="account:f", now=NOW)
    with reading(case.engine) as session:
        assert figures_of(session, case.case_id).turnover_eur == 620_000


def test_a_line_that_reads_otherwise_by_now_must_be_agreed_to_anew(case: SheetCase) -> None:
    number = case.save()
    for other in range(2, 15):
        add_actor(case.engine, other)
    with pytest.raises(ConflictError, match="nouvelle version"):
        case.approve(number)


def test_a_stale_form_is_refused_and_an_equal_one_makes_no_version(case: SheetCase) -> None:
    case.save()
    assert case.save(seen=1) == 1
    with pytest.raises(ChangedMeanwhileError):
        case.save("Équipe formée", seen=0)
    case.approve(1)
    with pytest.raises(ConflictError, match="déjà noté"):
        case.approve(1)
    case.save("Équipe formée")
    with pytest.raises(ChangedMeanwhileError):
        case.approve(1)


def test_words_that_give_the_company_away_make_no_version(case: SheetCase) -> None:
    with pytest.raises(InvalidError) as refused:
        case.save("Le fournil de Pralinel, à Crest")
    assert [name for name, _ in refused.value.fields] == ["points_forts"]
    with pytest.raises(InvalidError):
        case.save("e" * 601)
    assert case.state() is SheetState.NONE


def test_who_agreed_is_a_person_of_the_case_and_is_forgotten_with_its_contact(case: SheetCase) -> None:
    def person(name: str, opportunity_id: str) -> Contact:
        return Contact(
            id=name, opportunity_id=opportunity_id, name=name, source="s", lawful_basis="consent",
            retained_until=date(2030, 1, 1),
        )  # fmt: skip

    other = add_case(case.engine, 2, "Une autre")
    with writing(case.engine) as session:
        session.add_all([person("Claude", case.case_id), person("Dominique", other)])
    number = case.save()
    with pytest.raises(InvalidError):
        case.approve(number, dataclasses.replace(MAIL, contact_id="Dominique"))
    case.approve(number, dataclasses.replace(MAIL, contact_id="Claude"))
    with writing(case.engine) as session:
        session.delete(session.get_one(Contact, "Claude"))
    with reading(case.engine) as session:
        sheet = standing_sheet(session, case.case_id)
    assert sheet is not None
    assert sheet.approved_contact_id is None


def test_what_is_no_confidential_case_has_no_sheet(case: SheetCase) -> None:
    need = dataclasses.replace(case, case_id=add_need(case.engine, 1))
    with pytest.raises(NotFoundError):
        need.save()


def test_code_names_of_cases_differ_and_stay(case: SheetCase) -> None:
    other = dataclasses.replace(case, case_id=add_case(case.engine, 2, "Une autre"))
    for one in (case, other, case):
        one.save("Bail récent" if one is other else "Équipe formée")
    case.save("Four récent")
    with reading(case.engine) as session:
        own, its = versions_of(session, case.case_id), versions_of(session, other.case_id)
    assert len({version.code_name for version in own}) == 1
    assert own[0].code_name != its[0].code_name
