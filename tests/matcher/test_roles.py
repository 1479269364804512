"""Roles of a takeover: who plays which, by its kind, its codes and its words; synthetic records only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from matcher.roles import quoted, vocations_of
from matcher.roles.cases import case_asks
from matcher.scoring import sigmoid
from matcher.types import Actor, ActorKind, FinanceProduct, Opportunity, OpportunityKind, Point, Ranking, Role, Seeking
from tests.support import builders
from tests.support.builders import few, rank_actors

CREST, DIE = Point(44.728, 5.022), Point(44.753, 5.371)
CASE = Opportunity(
    "case",
    OpportunityKind.TAKEOVER,
    title="menuiserie bois pose fenêtres",
    description="Atelier de menuiserie bois à vendre.",
    naf=("43.32A",),
    headcount=6.0,
    point=CREST,
)
SCOP = Actor("scop", ActorKind.SCOP, activities=("menuiserie bois pose fenêtres",), naf=("43.32A",), point=DIE)
ACCOMPANIES = Actor(
    "acc", ActorKind.ASSOCIATION, naf=("94.99Z",), activities=("accompagnement de la reprise d’entreprises",), point=DIE
)
FINANCES = Actor(
    "fin", ActorKind.ASSOCIATION, naf=("94.99Z",), activities=("garanties de prêts et prêts d’honneur",), point=DIE
)


def shown(ranking: Ranking) -> dict[str, Role]:
    return {row.candidate_id: row.role for row in ranking.suggestions}


def test_buyers_of_the_trade_come_first_then_those_who_accompany_or_finance() -> None:
    other = replace(SCOP, id="other", activities=("boulangerie pain gâteaux",), naf=("10.71C",))
    ranking = rank_actors(CASE, [ACCOMPANIES, FINANCES, SCOP, other])
    expected = {"scop": Role.TAKE_OVER, "acc": Role.ACCOMPANY, "fin": Role.FINANCE}
    assert {name: role for name, role in shown(ranking).items() if name != "other"} == expected
    scores = {row.candidate_id: row.score for row in ranking.suggestions}
    assert scores["scop"] >= 0.7 > scores["acc"] >= 0.45
    assert 0.7 > scores["fin"] >= 0.45 > scores.get("other", 0)


@pytest.mark.parametrize("kind", [ActorKind.EMPLOYEE_GROUP, ActorKind.MUTUAL])
def test_employees_and_mutuals_take_over_in_their_very_trade_only(kind: ActorKind) -> None:
    own = replace(SCOP, kind=kind)
    neighbour = replace(own, naf=("43.32B",), activities=("serrurerie",))
    assert shown(rank_actors(CASE, [own])).get("scop") == Role.TAKE_OVER
    assert shown(rank_actors(CASE, [neighbour])).get("scop") != Role.TAKE_OVER


def test_employees_may_take_over_their_own_company_whatever_is_known_of_its_trade() -> None:
    case = replace(CASE, own_sirens=frozenset({"000000018"}))
    group = Actor("g", ActorKind.EMPLOYEE_GROUP, "Collectif", siren="000000018")
    assert shown(rank_actors(case, [group])) == {"g": Role.TAKE_OVER}
    assert shown(rank_actors(case, [replace(group, kind=ActorKind.SCOP)])) == {}


def test_employees_of_another_company_are_proposed_nothing_where_both_companies_are_known() -> None:
    case = replace(CASE, own_sirens=frozenset({"000000018"}))
    group = replace(SCOP, kind=ActorKind.EMPLOYEE_GROUP)
    own, other = replace(group, siren="000000018"), replace(group, siren="000000026")
    assert shown(rank_actors(case, [own])) == shown(rank_actors(case, [group])) == {"scop": Role.TAKE_OVER}
    refused = rank_actors(case, [other])
    assert [row.reason.code for row in refused.filtered] == ["other_employer"]
    # What outsiders are told of a confidential case names no company: there nobody is left out.
    blind = replace(case, own_sirens=frozenset(), blind=True)
    assert shown(rank_actors(blind, [other])) == {"scop": Role.TAKE_OVER}


def test_known_products_speak_in_place_of_words() -> None:
    words = replace(FINANCES, activities=("prêts d’honneur jusqu’à 15 000 €",))
    loans = FinanceProduct("Prêt participatif", most_eur=300_000), FinanceProduct("Microcrédit", 17_000, 3)
    one, two = (replace(words, products=loans[:1]), replace(words, products=loans))
    assert vocations_of(words).ceiling_eur == 15_000
    assert (vocations_of(one).ceiling_eur, vocations_of(two).ceiling_eur) == (300_000, 300_000)
    small = vocations_of(replace(words, products=loans[1:]))
    assert (small.ceiling_eur, small.heads[Role.FINANCE]) == (17_000, (None, 3))
    assert vocations_of(two).heads[Role.FINANCE] == (None, None)
    assert quoted(Role.FINANCE, two) == "Prêt participatif"
    silent = replace(FINANCES, activities=(), products=loans)
    assert vocations_of(silent).by_role[Role.FINANCE] == vocations_of(FINANCES).by_role[Role.FINANCE]


def test_the_area_of_a_buyer_is_soft_and_seeking_nothing_of_the_kind_only_lowers() -> None:
    far = replace(SCOP, radius_km=5.0, area_departments=frozenset({"07"}), seeks=frozenset({Seeking.MARKETS}))
    (lowered,), (plain,) = (rank_actors(CASE, [actor]).suggestions for actor in (far, SCOP))
    assert plain.score > lowered.score > 0.2


def test_without_people_a_company_of_six_is_not_a_first_call() -> None:
    (none,), (enough,) = (rank_actors(CASE, [replace(SCOP, headcount=heads)]).suggestions for heads in (0.0, 12.0))
    assert none.score < enough.score


def test_a_cae_takes_over_few_people_and_accompanies_few() -> None:
    member = Actor("m", ActorKind.ENTREPRENEUR, activities=SCOP.activities, naf=SCOP.naf)
    cae = Actor("cae", ActorKind.CAE, activities=("coopérative d’activité et d’emploi",), point=DIE, members=(member,))
    scores = [
        max(row.score for row in rank_actors(replace(CASE, headcount=heads), [cae]).suggestions)
        for heads in (1.0, 3.0, 6.0, 20.0)
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_cae_of_one_branch_accompanies_in_its_trades_only() -> None:
    general = Actor("cae", ActorKind.CAE, activities=("coopérative d’activité et d’emploi",), point=DIE)
    branch = replace(general, activities=("CAE du bâtiment", "menuiserie bois pose fenêtres"))
    bakery = replace(CASE, title="boulangerie pain gâteaux", description="Fournil à vendre.", naf=("10.71C",))
    shown_for = [
        [shown(rank_actors(replace(case, headcount=2.0), [cae])).get("cae") for case in (CASE, bakery)]
        for cae in (general, branch)
    ]
    # Of its own trade it houses two people itself.
    assert shown_for == [[Role.ACCOMPANY, Role.ACCOMPANY], [Role.TAKE_OVER, None]]


def test_premises_are_proposed_where_the_case_asks_and_farm_land_to_farms() -> None:
    land = Actor("l", ActorKind.SCIC, activities=("foncière : location de locaux pour commerces",), point=DIE)
    farms = replace(land, activities=("foncière de terres agricoles pour paysans",))
    silent = replace(CASE, description="")
    farm = replace(CASE, title="ferme maraîchère", description="Terres à louer.", naf=("01.13Z",))
    assert Role.PREMISES in shown(rank_actors(CASE, [land])).values()
    assert Role.PREMISES not in shown(rank_actors(silent, [land])).values()
    assert Role.PREMISES not in shown(rank_actors(CASE, [farms])).values()
    assert Role.PREMISES in shown(rank_actors(farm, [farms])).values()


def test_a_network_and_the_member_that_it_is_proposed_through_fill_one_place() -> None:
    network = Actor("net", ActorKind.NETWORK, activities=("groupement",), point=DIE, members=(SCOP,))
    assert shown(rank_actors(CASE, [network, SCOP])) == {"scop": Role.TAKE_OVER}
    alone = rank_actors(CASE, [network]).suggestions
    assert [(row.role, row.via_member) for row in alone] == [(Role.KEEP_WORK, "scop")]


def test_a_network_that_accompanies_leaves_its_members_their_places_as_buyers() -> None:
    member = replace(SCOP, id="buyer", activities=("agencement bois",), naf=("43.32B",))
    network = replace(ACCOMPANIES, id="net", kind=ActorKind.NETWORK, members=(member,))
    assert shown(rank_actors(CASE, [network, member])) == {"net": Role.ACCOMPANY, "buyer": Role.TAKE_OVER}


@pytest.mark.parametrize(
    ("says", "role"),
    [
        ("accompagnement d’entrepreneurs salariés", Role.TAKE_OVER),
        ("chantier d’insertion : accompagnement social", Role.TAKE_OVER),
        ("formation et accompagnement à la reprise d’entreprise", Role.ACCOMPANY),
        ("capital-risque solidaire", Role.FINANCE),
        ("prêt de matériel", Role.TAKE_OVER),
    ],
)
def test_words_say_a_role_only_where_they_are_about_companies(says: str, role: Role) -> None:
    plays = vocations_of(Actor("x", ActorKind.ASSOCIATION, naf=("94.99Z",), activities=(says,))).by_role
    helping = {other for other in (Role.ACCOMPANY, Role.FINANCE) if plays[other] >= 0.8}
    assert helping == ({role} - {Role.TAKE_OVER})
    if helping:
        assert quoted(role, Actor("x", ActorKind.ASSOCIATION, activities=(says,))) == says


@few
@given(builders.lone_actors())
def test_vocations_are_shares_and_insertion_structures_neither_accompany_nor_finance(actor: Actor) -> None:
    plays = vocations_of(actor).by_role
    assert set(plays) == set(Role)
    assert all(0 <= value <= 1 for value in plays.values())
    if actor.kind in (ActorKind.EI, ActorKind.ACI, ActorKind.GEIQ, ActorKind.ESAT):
        assert plays[Role.ACCOMPANY] == plays[Role.FINANCE] == 0


@few
@given(builders.opportunities(), builders.desks_of_actors())
def test_a_candidate_is_shown_once_in_its_best_role_and_both_directions_agree(
    opportunity: Opportunity, desk: list[Actor]
) -> None:
    ranking = rank_actors(opportunity, desk)
    ids = [row.candidate_id for row in ranking.suggestions]
    assert len(ids) == len(set(ids))
    by_id = {actor.id: actor for actor in desk}
    for row in ranking.suggestions:
        (mirrored,) = builders.rank_opportunities(by_id[row.candidate_id], [opportunity]).suggestions
        assert (mirrored.role, mirrored.score, mirrored.bias) == (row.role, row.score, row.bias)
        assert row.score == pytest.approx(sigmoid(row.bias + sum(reason.contribution for reason in row.reasons)))


@pytest.mark.parametrize(
    ("text", "premises", "farm", "willing"),
    [
        ("La commune loue les murs et soutient le projet", True, False, False),
        ("Bâtiment de 350 m² à louer", True, False, False),
        ("Maraîchage biologique, terres à louer", True, True, False),
        ("Les trois salariés sont prêts à reprendre", False, False, True),
        ("Commandes assurées pour un an", False, False, False),
    ],
)
def test_what_a_case_asks_for_is_read_in_its_text(text: str, premises: bool, farm: bool, willing: bool) -> None:
    asks = case_asks(replace(CASE, title="Reprise", description=text))
    assert (asks.premises, asks.farm, asks.willing) == (premises, farm, willing)
    assert case_asks(replace(CASE, kind=OpportunityKind.MARKET, description=text)) == case_asks(
        replace(CASE, kind=OpportunityKind.MARKET)
    )
