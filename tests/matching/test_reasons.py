"""Every reason has its French sentence, for both readers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given

from api.catalogue import wording
from api.core.french import day, euros, number, of_month, unbroken
from api.matching import advice_wording, deciding_reasons, reasons
from api.matching.advice_wording import score_in_words
from api.matching.reasons import Reader, sentence
from matcher.eligibility import Condition
from matcher.explaining import CONDITION_REASONS
from matcher.features import FEATURES
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Reason, Reservation, Seeking
from tests.support import builders
from tests.support.builders import (
    TODAY,
    a_complete_actor,
    a_complete_opportunity,
    an_actor,
    an_opportunity,
    few,
    rank_actors,
)

READERS = get_args(Reader)
FOREIGN = re.compile(
    r"\b(nan|none|null|inf|unknown|true|false|markets?|acquisitions|subcontracts|partners|network|association_|"
    r"employee_group|and|the|of|with|distance_km|headcount|turnover)\b",
    re.IGNORECASE,
)


def check(text: str) -> None:
    """French, not empty, no figure missing, typography kept."""
    assert text == text.strip()
    assert len(text) > 3
    assert not FOREIGN.search(text), text
    assert not re.search(r"[{}\[\]_]|'|\.\.\.|  |, ,|: ?$|,$|\(\)", text), text
    assert not re.search(r"\d\.\d+ (km|€|k€|M€)", text), text
    assert not re.search(r"\bde (avril|août|octobre)", text), text


def reasons_of(opportunity: Opportunity, actor: Actor) -> list[Reason]:
    ranking = rank_actors(opportunity, [actor])
    return [
        *(reason for row in ranking.suggestions for reason in row.reasons),
        *(row.reason for row in ranking.filtered),
    ]


@few
@given(builders.opportunities(), builders.actors())
def test_every_reason_that_the_matcher_gives_can_be_read(opportunity: Opportunity, actor: Actor) -> None:
    for reason in reasons_of(opportunity, actor):
        for reader in READERS:
            check(sentence(reason, reader))


def test_every_code_has_its_words_and_no_words_are_left_over() -> None:
    codes = {*FEATURES, *CONDITION_REASONS, *(one.name.lower() for one in Condition if one != Condition.ELIGIBLE)}
    assert set(reasons._SENTENCES) == codes
    assert set(reasons.UNKNOWN) == {f"{name}_unknown" for name in FEATURES}
    assert set(wording.KINDS) == set(ActorKind)
    assert set(wording.OPPORTUNITY_KINDS) == set(OpportunityKind)
    assert set(wording.RESERVATIONS) == set(Reservation)
    assert set(wording.SEEKING) == set(Seeking)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("code", sorted(reasons.UNKNOWN))
def test_what_is_unknown_is_said_so(code: str, reader: Reader) -> None:
    text = sentence(Reason(code), reader)
    check(text)
    assert re.search(r"inconnue|non (comparé|renseigné)", text)


def said(opportunity: Opportunity, actor: Actor, code: str, reader: Reader = "facilitator") -> str:
    (reason,) = (reason for reason in reasons_of(opportunity, actor) if reason.code == code)
    return sentence(reason, reader)


def test_the_kinds_a_market_is_reserved_for_and_the_actor_s_are_named() -> None:
    for reservation, words in wording.RESERVATIONS.items():
        for kind in (ActorKind.COMPANY, ActorKind.EMPLOYEE_GROUP):
            text = said(an_opportunity(reserved=frozenset({Reservation(reservation)})), an_actor(kind=kind), "reserved")
            assert words in text
            assert wording.KINDS[kind] in text


@pytest.mark.parametrize(
    ("fields", "seeks", "words"),
    [
        ({}, {Seeking.MARKETS}, "cherche des marchés"),
        ({"subcontract": True}, {Seeking.SUBCONTRACTS}, "cherche de la sous-traitance"),
        ({"kind": OpportunityKind.TAKEOVER}, {Seeking.ACQUISITIONS}, "cherche une reprise"),
        ({}, {Seeking.PARTNERS}, "ne cherche pas de marchés, mais des partenaires"),
        ({"subcontract": True}, {Seeking.PARTNERS}, "ne cherche pas de sous-traitance, mais des partenaires"),
        ({"kind": OpportunityKind.TAKEOVER}, {Seeking.MARKETS}, "ne cherche pas de reprise, mais des marchés"),
    ],
)
def test_what_is_sought_is_said_as_the_actor_said_it(fields: dict[str, object], seeks: set[str], words: str) -> None:
    assert said(an_opportunity(**fields), an_actor(seeks=frozenset(seeks)), "seeking") == words


def test_a_refused_area_is_explained_by_what_excludes() -> None:
    """Within its radius but in another département: the radius is not to blame."""
    actor = a_complete_actor(radius_km=200.0, area_departments=frozenset({"07"}))
    text = said(a_complete_opportunity(), actor, "outside_area")
    assert "07" in text
    assert "rayon" not in text
    beyond = said(a_complete_opportunity(), a_complete_actor(radius_km=10.0), "outside_area")
    assert "rayon de 10\u202fkm" in beyond


def test_an_actor_is_addressed_and_a_facilitator_told() -> None:
    pair = a_complete_opportunity(), a_complete_actor()
    assert "votre rayon" in said(*pair, "nearness", "actor")
    assert "son rayon" in said(*pair, "nearness", "facilitator")
    assert said(*pair, "seeking", "actor").startswith("vous cherchez")


def test_a_passed_deadline_is_told_as_a_french_date() -> None:
    passed = an_opportunity(deadline=TODAY - timedelta(days=1))
    assert "23 novembre 2026" in said(passed, an_actor(), "deadline_passed")


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 €"), (950, "950 €"), (1_000, "1 k€"), (430_000, "430 k€"), (1_200_000, "1,2 M€"), (25_000_000, "25 M€")],
)
def test_amounts_are_written_as_they_are_said(amount: float, text: str) -> None:
    assert euros(amount).replace("\u00a0", " ").replace("\u202f", " ") == text


def test_numbers_and_days_are_french() -> None:
    assert number(0.25, 2) == "0,25"
    assert re.sub(r"\s", " ", number(12345)) == "12 345"
    assert day("2026-11-01") in ("1 novembre 2026", "1er novembre 2026")


def test_a_higher_score_is_never_a_weaker_advice() -> None:
    order = ["peu probable", "à étudier", "bonne piste", "à appeler d’abord"]
    advices = [order.index(score_in_words(score / 100)) for score in range(101)]
    assert advices == sorted(advices)
    assert set(advices) == {0, 1, 2, 3}


@pytest.mark.parametrize(("iso", "words"), [("2026-03-01", "de mars 2026"), ("2026-08-01", "d’août 2026")])
def test_a_month_that_begins_with_a_vowel_is_elided(iso: str, words: str) -> None:
    assert of_month(iso) == words


def test_a_partner_reads_no_advice_to_call() -> None:
    """Whatever the score, and wherever the advice was stored in a facilitator's words."""
    for score in (0.1, 0.3, 0.5, 0.9):
        advice = score_in_words(score, "actor")
        assert "appeler" not in advice
        assert advice_wording.advice_to_partner(score_in_words(score)) == advice
    assert score_in_words(0.9, "actor") == "très bonne piste pour vous"


def test_no_mark_beside_a_proposal_says_not_to_look() -> None:
    marks = [advice_wording.mark_to_partner(score_in_words(score)) for score in (0.1, 0.3, 0.9)]
    assert marks == ["", "à étudier", "très bonne piste pour vous"]


@few
@given(builders.opportunities(), builders.actors())
def test_few_facts_are_shown_first_all_known_and_without_decimals_of_a_measure(
    opportunity: Opportunity, actor: Actor
) -> None:
    for row in rank_actors(opportunity, [actor]).suggestions:
        facts = deciding_reasons.deciding_reasons(row.reasons)
        assert len(facts) <= deciding_reasons.DECIDING
        for fact in facts:
            text = sentence(fact)
            assert fact.value is not None
            assert "inconnu" not in text
            assert not re.search(r"\(0,\d+\)", text)


def test_one_class_or_nearly_equal_texts_are_the_same_trade() -> None:
    figures = {"trade": "usinage", "need": "Usinage de 400 flasques", "cosine": 0.7}
    assert sentence(Reason("semantic", 1, 0.95, figures)).startswith("même métier")
    assert sentence(Reason("semantic", 1, 0.48, figures | {"same_class": 1})).startswith("même métier")
    assert sentence(Reason("semantic", 1, 0.48, figures)).startswith("métier voisin")


def test_words_without_sense_are_not_shown() -> None:
    """They count in the score, but tell a reader nothing."""
    wanted = an_opportunity(title="Cours de cuisine pour les salariés, lits et lot du marché, usinage")
    actor = an_actor(activities=("cours, salariés, lits, lot, marché, usinage",))
    assert said(wanted, actor, "words") == "mots en commun : usinage".replace(" :", "\u00a0:")


def test_approvals_are_named_in_full() -> None:
    text = sentence(Reason("missing_approval", figures={"approvals": "amiante_ss4 rge sap"}))
    assert "amiante sous-section 4" in text
    assert "services à la personne" in text
    assert "_" not in text


@pytest.mark.parametrize("text", ["à 12 km", "un marché de 430 k€", "« menuiserie » : bois", "12 salariés"])
def test_a_sentence_breaks_nowhere_that_it_should_not(text: str) -> None:
    assert not re.search(r" (?=[;:!?»%€]|km|k€|salariés)|« ", unbroken(text))
