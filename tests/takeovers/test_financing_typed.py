"""A typed plan: whatever is typed is read or refused beside its field, and a stored plan comes back as it was."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.french import NBSP
from api.takeovers.financing.plan import LOANS, Accounts, Deal, Plan, PlanLine, Source, Use
from api.takeovers.financing.typed import field_labels, read_plan, typed_of
from tests.support.builders import few

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=40).map(str.strip)
AMOUNTS = st.none() | st.integers(0, 900_000_000)
SIGNED = st.none() | st.integers(-900_000, 900_000_000)
RATES = st.none() | st.decimals(0, 25, places=3)
LINES = st.builds(PlanLine, amount=AMOUNTS, words=WORDS)
TERMS = st.builds(
    PlanLine, amount=AMOUNTS, words=WORDS, rate=RATES, months=st.none() | st.integers(13, 360),
    deferral=st.sampled_from([None, 0, 12]),
)  # fmt: skip
ACCOUNTS = st.builds(
    Accounts, turnover=AMOUNTS, margin=st.none() | st.decimals(0, 100, places=1), ebe=SIGNED, restatement=SIGNED,
    restatement_reason=WORDS.filter(bool), net_result=SIGNED, depreciation=AMOUNTS, tax=AMOUNTS, upkeep=AMOUNTS,
    debt=AMOUNTS, instalments=AMOUNTS,
)  # fmt: skip
PLANS = st.builds(
    Plan,
    deal=st.sampled_from(Deal),
    share=st.decimals(1, 100, places=2),
    is_mainly_property=st.booleans(),
    uses=st.dictionaries(st.sampled_from(Use), LINES.filter(lambda line: line != PlanLine())),
    sources=st.fixed_dictionaries(
        {},
        optional={
            source: (TERMS if source in LOANS else LINES).filter(lambda line: line != PlanLine()) for source in Source
        },
    ),
    accounts=ACCOUNTS, jobs_kept=st.none() | st.integers(0, 99_999), jobs_created=st.none() | st.integers(0, 99_999),
    guarantees=WORDS, comment=WORDS,
)  # fmt: skip


@few
@given(PLANS)
def test_a_plan_comes_back_from_its_form_and_from_the_database_as_it_was(plan: Plan) -> None:
    assert read_plan(typed_of(plan)) == (plan, {})
    assert Plan.model_validate(plan.model_dump(mode="json", exclude_defaults=True)) == plan


@few
@given(st.dictionaries(st.sampled_from([name for name, _ in field_labels()]), st.text(max_size=30)))
def test_whatever_is_typed_is_read_or_refused_beside_its_field(typed: dict[str, str]) -> None:
    plan, problems = read_plan(typed)
    assert problems.keys() <= dict(field_labels()).keys()
    again, left = read_plan(typed_of(plan))
    assert left.keys() <= problems.keys()
    assert again == plan or problems


@pytest.mark.parametrize(
    ("cell", "read"),
    [("12 500", 12_500), ("12.500 €", 12_500), ("430 k€", 430_000), ("1", 1), ("0", 0), ("1,2 M€", 1_200_000)],
)
def test_amounts_are_read_as_people_write_them_down_to_a_symbolic_euro(cell: str, read: int) -> None:
    plan, problems = read_plan({"emploi_price": cell})
    assert problems == {}
    assert plan.use(Use.PRICE) == read


@pytest.mark.parametrize(
    ("name", "cell", "why"),
    [
        ("emploi_price", "12,500", "montant ambigu"),
        ("emploi_price", "12 500,50", "sans centimes"),
        ("emploi_price", "-3", "ne peut pas être négatif"),
        ("emploi_price", "1e999", "montant trop grand"),
        ("emploi_price", "beaucoup", "montant attendu"),
        ("ressource_bank_loan_taux", "40", "de 0 à 25"),
        ("ressource_bank_loan_duree", "longtemps", "durée attendue"),
        ("ressource_bank_loan_duree", "0", "un mois au moins"),
        ("ressource_bank_loan_duree", "40 ans", "30 ans au plus"),
        ("marge", "120 %", "de 0 à 100"),
        ("part", "0", "plus de 0"),
        ("objet", "autre", "choisissez"),
        ("emplois_gardes", "douze", "nombre d’emplois"),
        ("commentaire", "x" * 2_001, f"2\N{NARROW NO-BREAK SPACE}000{NBSP}caractères"),
    ],
)
def test_what_is_refused_says_why(name: str, cell: str, why: str) -> None:
    _, problems = read_plan({name: cell})
    assert why in problems[name]


def test_a_loan_says_its_length_in_months_or_years_and_its_deferral_ends_before_it() -> None:
    typed = {
        "ressource_bank_loan": "100 000", "ressource_bank_loan_taux": "3,9 %", "ressource_bank_loan_duree": "7 ans",
    }  # fmt: skip
    plan, problems = read_plan(typed)
    assert problems == {}
    assert plan.sources[Source.BANK_LOAN] == PlanLine(amount=100_000, rate=Decimal("3.9"), months=84)
    _, problems = read_plan(typed | {"ressource_bank_loan_differe": "84"})
    assert problems == {"ressource_bank_loan_differe": "le différé doit finir avant le prêt"}


def test_a_restated_surplus_says_why() -> None:
    _, problems = read_plan({"ebe": "50 000", "retraitement": "-12 000"})
    assert list(problems) == ["retraitement_motif"]
    assert read_plan({"ebe": "50 000", "retraitement": "-12 000", "retraitement_motif": "salaire"})[1] == {}
