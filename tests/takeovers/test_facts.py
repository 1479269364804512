"""Facts of a takeover case: what is noted is read again, version by version; what is refused leaves nothing."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.entry.takeover_entry import read_facts_form, whole_euros, written_facts, years_shown
from api.entry.typed_form import TypedForm
from api.takeovers.company.company_facts import CompanyFacts, Premises, YearFigures
from api.takeovers.company.records import facts_history, read_facts
from api.takeovers.company.rules import names_somebody
from api.takeovers.company.saving import save_facts
from models.base import utc_now
from models.database import reading, writing
from models.tables import Opportunity, TakeoverCase
from tests.support.secret_rows import opportunity_row

TODAY = date(2026, 11, 29)
NOW = utc_now()
BY = "account:someone"
FACTS = CompanyFacts(
    reason="Départ en retraite",
    premises=Premises.LET_BY_OWNER,
    premises_note="300 m², bail à signer",
    key_roles=("chef d’atelier", "comptable à mi-temps"),
    years=(YearFigures(2025, 430_000, 12_000, 38_000), YearFigures(2024, 401_000, -3_500)),
)
amounts = st.none() | st.integers(-9_999_999_999, 9_999_999_999)
figures = st.builds(YearFigures, st.integers(2023, 2025), amounts.map(lambda one: abs(one or 0)), amounts, amounts)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=40)


def newest_first(years: list[YearFigures]) -> tuple[YearFigures, ...]:
    return tuple(sorted(years, key=lambda one: -one.year))


@pytest.fixture
def case(engine: Engine) -> str:
    rows = [opportunity_row("cas", kind="takeover", confidential=True), opportunity_row("marché")]
    with writing(engine) as session:
        session.add_all([Opportunity(**row) for row in rows])
        session.flush()
        session.add(TakeoverCase(opportunity_id=rows[0]["id"], cause="other"))
    return str(rows[0]["id"])


def test_each_saving_is_a_version_that_is_read_again_whole(engine: Engine, case: str) -> None:
    later = replace(FACTS, reason="Santé", years=FACTS.years[:1])
    assert save_facts(engine, case, FACTS, seen=0, by=BY, now=NOW)
    assert not save_facts(engine, case, FACTS, seen=1, by=BY, now=NOW)
    assert save_facts(engine, case, later, seen=1, by=BY, now=NOW)
    with reading(engine) as session:
        versions = facts_history(session, case)
        assert [one.facts for one in versions] == [FACTS, later]
        assert [one.version for one in versions] == [1, 2]
        assert read_facts(session, case) == versions[-1]


def test_a_stale_form_and_what_is_no_takeover_case_are_refused_and_leave_nothing(engine: Engine, case: str) -> None:
    save_facts(engine, case, FACTS, seen=0, by=BY, now=NOW)
    with pytest.raises(ChangedMeanwhileError):
        save_facts(engine, case, CompanyFacts(reason="Autre"), seen=0, by=BY, now=NOW)
    for absent in (opportunity_row("marché")["id"], "absent"):
        with pytest.raises(NotFoundError):
            save_facts(engine, absent, FACTS, seen=0, by=BY, now=NOW)
    with reading(engine) as session:
        assert [one.facts for one in facts_history(session, case)] == [FACTS]


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("reason", CompanyFacts(reason="x" * 501)),
        ("key_roles", CompanyFacts(key_roles=("chef d’atelier, 04 65 71 00 01",))),
        ("key_roles", CompanyFacts(key_roles=("Mme Faure",))),
        ("key_roles", CompanyFacts(key_roles=tuple("abcdefghijk"))),
        ("years", CompanyFacts(years=(YearFigures(2025, 1), YearFigures(2025, 2)))),
        ("years", CompanyFacts(years=(YearFigures(1912, 1),))),
        ("turnover_eur_2025", CompanyFacts(years=(YearFigures(2025, -1),))),
        ("result_eur_2025", CompanyFacts(years=(YearFigures(2025, None, 10**11),))),
    ],
)
def test_what_is_refused_is_refused_by_its_field(engine: Engine, case: str, field: str, facts: CompanyFacts) -> None:
    with pytest.raises(InvalidError) as refused:
        save_facts(engine, case, facts, seen=0, by=BY, now=NOW)
    assert [name for name, _ in refused.value.fields] == [field]
    with reading(engine) as session:
        assert facts_history(session, case) == []


def test_a_role_is_known_from_a_name_by_its_capital_letter() -> None:
    contacts = ["Paul Meunier"]
    assert not names_somebody("meunier, quarante ans de métier", contacts)
    assert names_somebody("Paul, à l’atelier", contacts)
    assert names_somebody("fils de Meunier", contacts)
    assert not names_somebody("Responsable qualité ISO 9001, 12 ans", contacts)


@given(
    st.builds(
        CompanyFacts,
        texts,
        st.none() | st.sampled_from(Premises),
        texts,
        st.lists(texts.filter(bool), max_size=3).map(tuple),
        st.lists(figures, unique_by=lambda one: one.year).map(
            lambda years: tuple(sorted(years, key=lambda y: -y.year))
        ),
    )
)
def test_a_form_reads_back_the_facts_that_it_shows(facts: CompanyFacts) -> None:
    years = years_shown(facts, TypedForm(), TODAY)
    assert years[:3] == [2025, 2024, 2023]
    assert read_facts_form(written_facts(facts, years), years) == (facts, {})


def test_an_amount_is_read_as_people_write_it() -> None:
    assert [whole_euros(text) for text in ("430 k€", "-12 500", "0", "1 200,40 €")] == [430_000, -12_500, 0, 1_200]
    for text in ("beaucoup", "1e999", "12,500"):
        with pytest.raises(ValueError, match=r"nombre|montant"):
            whole_euros(text)


def test_a_choice_that_is_not_in_the_list_is_said_by_its_field() -> None:
    _, problems = read_facts_form(TypedForm({"premises": ("château",)}), [])
    assert problems == {"premises": "Ce choix n’est pas dans la liste."}
