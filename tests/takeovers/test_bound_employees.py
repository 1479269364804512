"""Employees of another company: left out on the desk; outside, where a case is told blind, nobody is left out."""

from dataclasses import replace

from api.matching.conversion import blind
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Role
from tests.support.builders import rank_actors

TRADE = "menuiserie bois pose fenêtres"
CASE = Opportunity("case", OpportunityKind.TAKEOVER, title=TRADE, naf=("43.32A",), own_sirens=frozenset({"000000018"}))
GROUP = Actor("group", ActorKind.EMPLOYEE_GROUP, activities=(TRADE,), naf=("43.32A",), siren="000000026")


def test_what_outsiders_are_told_is_ranked_the_same_whose_employees_they_are() -> None:
    told = blind(CASE, TRADE)
    bound, own, unknown = (
        rank_actors(told, [replace(GROUP, siren=siren)]) for siren in ("000000026", "000000018", None)
    )
    assert bound == own == unknown
    assert [row.role for row in bound.suggestions] == [Role.TAKE_OVER]


def test_the_house_proposes_them_their_own_company_only() -> None:
    assert rank_actors(CASE, [GROUP]).suggestions == ()
    assert [row.role for row in rank_actors(CASE, [replace(GROUP, siren="000000018")]).suggestions] == [Role.TAKE_OVER]
