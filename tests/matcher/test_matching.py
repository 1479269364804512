"""Properties of the whole path over random desks, in both directions."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matcher.explaining import CONDITION_REASONS
from matcher.exposure import Attention
from matcher.features import COUNTED, FEATURES
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.scoring import PRIOR, Calibration, same_for_all_roles, sigmoid
from matcher.types import (
    Actor,
    ActorKind,
    Form,
    Opportunity,
    OpportunityKind,
    Point,
    Ranking,
    Reason,
    Role,
    Suggestion,
    form_of,
    roles_of,
)
from tests.support import builders
from tests.support.builders import (
    TODAY,
    VALENCE,
    a_complete_actor,
    a_complete_opportunity,
    an_actor,
    an_opportunity,
    few,
    only,
    rank_actors,
    rank_opportunities,
)

pytestmark = pytest.mark.slow


def logit(score: float) -> float:
    return math.log(score / (1 - score))


def what_a_rank_does_not_change(ranking: Ranking) -> dict[str, tuple[float, tuple[Reason, ...], str | None]]:
    return {row.candidate_id: (row.score, row.reasons, row.via_member) for row in ranking.suggestions}


@few
@given(builders.opportunities(), builders.desks_of_actors(), builders.lone_actors("b"), st.integers(0, 3))
def test_an_ineligible_actor_changes_no_suggestion(
    opportunity: Opportunity, desk: list[Actor], stranger: Actor, how: int
) -> None:
    # Employees alone may take over their own company.
    other_kind = ActorKind.SCOP if stranger.kind == ActorKind.EMPLOYEE_GROUP else stranger.kind
    shut_out = [
        replace(stranger, kind=ActorKind.ENTREPRENEUR),
        replace(stranger, kind=other_kind, siren="000000042"),
        replace(stranger, approvals=frozenset({"another"})),
        replace(stranger, point=VALENCE, radius_km=1.0),
    ][how]
    # Of a takeover the area is soft, and who accompanies or finances needs no approval.
    assume(how < 2 or opportunity.kind == OpportunityKind.MARKET)
    asked = [
        opportunity,
        replace(opportunity, own_sirens=opportunity.own_sirens | {"000000042"}),
        replace(opportunity, required_approvals=opportunity.required_approvals | {"never"}),
        replace(opportunity, point=Point(48.85, 2.35)),
    ][how]
    without, beside = rank_actors(asked, desk), rank_actors(asked, [*desk, shut_out])
    assert "b" not in {row.candidate_id for row in beside.suggestions}
    assert beside.suggestions == without.suggestions
    assert beside.n_candidates == without.n_candidates + 1


@few
@given(builders.actors(), builders.desks_of_opportunities(), builders.opportunities("p"))
def test_a_closed_opportunity_changes_no_suggestion(
    actor: Actor, desk: list[Opportunity], stranger: Opportunity
) -> None:
    closed = replace(stranger, open=False)
    assert rank_opportunities(actor, [*desk, closed]).suggestions == rank_opportunities(actor, desk).suggestions


@few
@given(builders.opportunities(), builders.desks_of_actors(), builders.actors("b"))
def test_a_pair_s_score_and_reasons_do_not_depend_on_who_else_is_there(
    opportunity: Opportunity, desk: list[Actor], other: Actor
) -> None:
    alone = what_a_rank_does_not_change(rank_actors(opportunity, desk))
    together = what_a_rank_does_not_change(rank_actors(opportunity, [*desk, other]))
    together.pop("b", None)
    assert together == alone


@few
@given(st.data(), builders.opportunities(), builders.desks_of_actors())
def test_the_order_of_the_actors_does_not_matter(
    data: st.DataObject, opportunity: Opportunity, desk: list[Actor]
) -> None:
    shuffled = [
        replace(actor, members=tuple(data.draw(st.permutations(actor.members))))
        for actor in data.draw(st.permutations(desk))
    ]
    assert rank_actors(opportunity, shuffled) == rank_actors(opportunity, desk)


@few
@given(st.data(), builders.actors(), builders.desks_of_opportunities())
def test_the_order_of_the_opportunities_does_not_matter(
    data: st.DataObject, actor: Actor, desk: list[Opportunity]
) -> None:
    assert rank_opportunities(actor, data.draw(st.permutations(desk))) == rank_opportunities(actor, desk)


@few
@given(builders.desks_of_opportunities(4), builders.desks_of_actors(4))
def test_both_directions_say_the_same_of_a_pair_bit_for_bit(
    opportunities: list[Opportunity], actors: list[Actor]
) -> None:
    found, back = {}, {}
    for opportunity in opportunities:
        for row in rank_actors(opportunity, actors).suggestions:
            found[opportunity.id, row.candidate_id] = (row.score, row.via_member, row.reasons)
    for actor in actors:
        for row in rank_opportunities(actor, opportunities).suggestions:
            back[row.candidate_id, actor.id] = (row.score, row.via_member, row.reasons)
    assert found == back


@few
@given(builders.desks_of_opportunities(4), builders.desks_of_actors(4))
def test_both_directions_refuse_the_same_pairs_for_the_same_reason(
    opportunities: list[Opportunity], actors: list[Actor]
) -> None:
    found = {
        (opportunity.id, row.candidate_id): row.reason
        for opportunity in opportunities
        for row in rank_actors(opportunity, actors).filtered
    }
    back = {
        (row.candidate_id, actor.id): row.reason
        for actor in actors
        for row in rank_opportunities(actor, opportunities).filtered
    }
    assert found == back


@few
@given(builders.opportunities(), builders.desks_of_actors())
def test_every_considered_candidate_is_either_suggested_or_refused(opportunity: Opportunity, desk: list[Actor]) -> None:
    ranking = rank_actors(opportunity, desk)
    told = [row.candidate_id for row in (*ranking.suggestions, *ranking.filtered)]
    assert sorted(told) == sorted(actor.id for actor in desk)
    assert ranking.n_candidates == len(desk)


@few
@given(builders.opportunities(), builders.desks_of_actors())
def test_a_score_is_its_bias_and_its_contributions(opportunity: Opportunity, desk: list[Actor]) -> None:
    for row in rank_actors(opportunity, desk).suggestions:
        assert 0 < row.score < 1
        assert logit(row.score) == pytest.approx(
            row.bias + sum(reason.contribution for reason in row.reasons), abs=1e-6
        )


@few
@given(builders.opportunities(), builders.desks_of_actors())
def test_a_reason_is_told_for_each_feature_and_no_figure_is_nan(opportunity: Opportunity, desk: list[Actor]) -> None:
    for row in rank_actors(opportunity, desk).suggestions:
        codes = [reason.code.removesuffix("_unknown") for reason in row.reasons if reason.code not in CONDITION_REASONS]
        assert set(codes) == COUNTED[row.role]
        for reason in row.reasons:
            numbers = [reason.contribution, reason.value or 0, *reason.figures.values()]
            assert not any(isinstance(number, float) and math.isnan(number) for number in numbers)


@few
@given(builders.opportunities(), builders.desks_of_actors(), st.integers(1, 5))
def test_actors_fall_by_score_and_ties_by_id_under_ranks_from_one(
    opportunity: Opportunity, desk: list[Actor], k: int
) -> None:
    """Where attention is shared too: it chooses who is listed, not in which order."""
    for length, attention in (
        (99, None),
        (k, Attention({}, {}, dict.fromkeys(Role, dict.fromkeys(FEATURES, 0.5)), (1,))),
    ):
        rows = rank_actors(opportunity, desk, k=length, attention=attention).suggestions
        assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
        assert list(rows) == sorted(rows, key=lambda row: (-row.score, row.candidate_id))


@few
@given(builders.actors(), builders.desks_of_opportunities())
def test_an_actor_s_opportunities_fall_by_score_and_ties_by_id(actor: Actor, desk: list[Opportunity]) -> None:
    rows = rank_opportunities(actor, desk).suggestions
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert list(rows) == sorted(rows, key=lambda row: (-row.score, row.candidate_id))


def test_a_network_and_the_member_that_it_is_listed_through_fill_one_place() -> None:
    """Of a takeover one stays and names the other; compared apart, both stand, and so they do for a market's lots."""
    gardener = an_actor("m", activities=("entretien espaces verts",))
    network = an_actor("n", kind=ActorKind.NETWORK, activities=("conseil",), members=(gardener,))
    market = an_opportunity(title="Entretien des espaces verts")
    wanted = replace(market, kind=OpportunityKind.TAKEOVER)
    (row,) = rank_actors(wanted, [network, gardener]).suggestions
    assert {row.candidate_id, *row.same_place} == {"m", "n"}
    assert len(rank_actors(wanted, [network, gardener], apart=True).suggestions) == 2
    assert [row.same_place for row in rank_actors(market, [network, gardener]).suggestions] == [(), ()]


def test_twins_are_ordered_by_id_in_both_directions() -> None:
    actors = [an_actor(id) for id in ("a9", "a10", "a1")]
    assert [row.candidate_id for row in rank_actors(an_opportunity(), actors).suggestions] == ["a1", "a10", "a9"]
    wanted = [an_opportunity(id) for id in ("o2", "o3", "o1")]
    assert [row.candidate_id for row in rank_opportunities(an_actor(), wanted).suggestions] == ["o1", "o2", "o3"]


@few
@given(builders.opportunities(), builders.desks_of_actors(), st.integers(0, 7), st.integers(0, 7))
def test_k_cuts_a_prefix(opportunity: Opportunity, desk: list[Actor], k: int, n_filtered: int) -> None:
    whole = rank_actors(opportunity, desk)
    cut = rank_actors(opportunity, desk, k=k, n_filtered=n_filtered)
    assert cut.suggestions == whole.suggestions[:k]
    assert cut.filtered == whole.filtered[:n_filtered]
    assert cut.n_candidates == whole.n_candidates


@few
@given(builders.opportunities(), builders.actors(), builders.desks_of_actors(), builders.desks_of_opportunities())
def test_the_same_question_twice_has_equal_answers(
    opportunity: Opportunity, actor: Actor, actors: list[Actor], opportunities: list[Opportunity]
) -> None:
    assert rank_actors(opportunity, actors) == rank_actors(opportunity, actors)
    assert rank_opportunities(actor, opportunities) == rank_opportunities(actor, opportunities)


@few
@given(st.data(), builders.opportunities(), builders.desks_of_actors())
def test_among_answers_as_if_the_others_were_not_there(
    data: st.DataObject, opportunity: Opportunity, desk: list[Actor]
) -> None:
    kept = np.array([data.draw(st.booleans()) for _ in desk], np.bool_)
    rows = [actor for actor, keep in zip(sorted(desk, key=lambda actor: actor.id), kept, strict=True) if keep]
    assert rank_actors(opportunity, desk, among=kept) == rank_actors(opportunity, rows)


@few
@given(builders.lone_actors(), builders.opportunities(), st.integers(0, 400), st.integers(0, 400))
def test_a_longer_way_never_raises_a_score(actor: Actor, opportunity: Opportunity, one: int, other: int) -> None:
    near, far = sorted((one, other))

    def score(steps: int) -> float:
        moved = replace(opportunity, point=Point(VALENCE.lat + steps / 100, VALENCE.lon))
        rows = rank_actors(moved, [replace(actor, point=VALENCE)]).suggestions
        return rows[0].score if rows else 0.0

    assert score(far) <= score(near)


def test_a_longer_way_lowers_a_score() -> None:
    wanted = [an_opportunity(f"o{km}", point=Point(VALENCE.lat + km / 111.2, VALENCE.lon)) for km in (1, 20, 60, 200)]
    rows = rank_opportunities(an_actor(), wanted).suggestions
    assert [row.candidate_id for row in rows] == ["o1", "o20", "o60", "o200"]
    assert len({row.score for row in rows}) == 4


def a_local_actor(**fields: Any) -> Actor:
    """Return an actor of whom every feature is known, local reach too."""
    return a_complete_actor(**({"kind": ActorKind.ASSOCIATION} | fields))


TRADE = {"semantic", "said", "words", "spelling", "sector"}
# What is forgotten → the features that cannot be measured without it.
FORGOTTEN_OF_THE_ACTOR = [
    ({"naf": ()}, {"sector"}),
    ({"point": None}, {"nearness", "local_reach"}),
    ({"headcount": None, "turnover_eur": None}, {"capacity"}),
    ({"seeks": frozenset()}, {"seeking"}),
    ({"radius_km": None}, set()),
    ({"informed_on": None}, set()),
]
FORGOTTEN_OF_THE_OPPORTUNITY = [
    ({"cpv": ()}, {"sector"}),
    ({"point": None}, {"nearness", "local_reach"}),
    ({"amount_eur": None}, {"capacity"}),
    ({"published_on": None}, set()),
    ({"deadline": None, "department": None, "commune": None}, set()),
]


@pytest.mark.parametrize(("fields", "unknown"), FORGOTTEN_OF_THE_ACTOR)
def test_what_is_unknown_of_an_actor_counts_as_neutral_and_is_told(
    fields: dict[str, object], unknown: set[str]
) -> None:
    check_neutral(only(rank_actors(a_complete_opportunity(), [a_local_actor(**fields)])), unknown)


@pytest.mark.parametrize(("fields", "unknown"), FORGOTTEN_OF_THE_OPPORTUNITY)
def test_what_is_unknown_of_an_opportunity_counts_as_neutral_and_is_told(
    fields: dict[str, object], unknown: set[str]
) -> None:
    check_neutral(only(rank_actors(a_complete_opportunity(**fields), [a_local_actor()])), unknown)


def test_freshness_is_unknown_only_where_both_dates_are() -> None:
    actor, opportunity = a_local_actor(informed_on=None), a_complete_opportunity(published_on=None)
    check_neutral(only(rank_actors(opportunity, [actor])), {"freshness"})


def test_an_actor_of_whom_no_text_is_known_has_no_compared_trade() -> None:
    silent = a_local_actor(name="", activities=(), naf=())
    check_neutral(only(rank_actors(a_complete_opportunity(), [silent])), TRADE)


def test_an_opportunity_without_any_text_has_no_compared_trade() -> None:
    silent = a_complete_opportunity(title="", cpv=())
    check_neutral(only(rank_actors(silent, [a_local_actor()])), TRADE)


def check_neutral(suggestion: Suggestion, unknown: set[str]) -> None:
    weights = PRIORS[suggestion.role].calibrated(suggestion.form)
    by_code = {reason.code: reason for reason in suggestion.reasons}
    assert {code.removesuffix("_unknown") for code in by_code if code.endswith("_unknown")} == unknown
    for feature in unknown:
        reason = by_code[f"{feature}_unknown"]
        assert reason.value is None
        assert reason.contribution == pytest.approx(weights.values[feature] * weights.neutral[feature])


@few
@given(builders.lone_actors(kinds=(ActorKind.SCOP,)), builders.opportunities(), st.data())
def test_forgetting_a_fact_of_the_actor_never_excludes_it(
    actor: Actor, opportunity: Opportunity, data: st.DataObject
) -> None:
    # A takeover asks for evidence of the trade.
    opportunity = replace(opportunity, kind=OpportunityKind.MARKET, open=True)
    assume(rank_actors(opportunity, [actor]).suggestions)
    facts = {"point": None, "radius_km": None, "approvals": frozenset(), "siren": None, "naf": (), "activities": ()}
    facts |= {"headcount": None, "turnover_eur": None, "informed_on": None, "seeks": frozenset()}
    facts |= {"area_departments": frozenset(), "area_communes": frozenset(), "department": None, "commune": None}
    forgotten = data.draw(st.sets(st.sampled_from(sorted(facts)), min_size=1))
    # Of a declared area, the communes alone would be a narrower one.
    if forgotten & {"area_departments", "area_communes"}:
        forgotten |= {"area_departments", "area_communes"}
    assert rank_actors(opportunity, [replace(actor, **{name: facts[name] for name in forgotten})]).suggestions


@few
@given(builders.lone_actors(kinds=(ActorKind.SCOP,)), builders.opportunities(), st.data())
def test_forgetting_a_fact_of_the_opportunity_never_excludes_an_actor(
    actor: Actor, opportunity: Opportunity, data: st.DataObject
) -> None:
    opportunity = replace(opportunity, kind=OpportunityKind.MARKET, open=True)
    assume(rank_actors(opportunity, [actor]).suggestions)
    facts = {"point": None, "commune": None, "department": None, "amount_eur": None, "headcount": None, "naf": ()}
    facts |= {"cpv": (), "deadline": None, "published_on": None, "required_approvals": frozenset()}
    forgotten = data.draw(st.sets(st.sampled_from(sorted(facts)), min_size=1))
    assert rank_actors(replace(opportunity, **{name: facts[name] for name in forgotten}), [actor]).suggestions


def test_a_network_s_member_s_skill_counts_and_the_suggestion_names_the_member() -> None:
    member = an_actor("m1", activities=("entretien des espaces verts communaux",))
    other = an_actor("m2", name="Le Four", activities=("pain bio",))
    network = an_actor("n1", kind=ActorKind.NETWORK, name="Réseau", activities=("mutualisation",), members=(other,))
    through = replace(network, members=(other, member))
    for ask in (
        lambda actor: rank_actors(an_opportunity(), [actor]),
        lambda actor: rank_opportunities(actor, [an_opportunity()]),
    ):
        before, after = only(ask(network)), only(ask(through))
        assert after.via_member == "m1"
        assert after.score > before.score
        semantic = next(reason for reason in after.reasons if reason.code == "semantic")
        assert semantic.figures["trade"] == "entretien des espaces verts communaux"


def test_a_network_that_fits_best_by_itself_names_no_member() -> None:
    network = an_actor("n1", kind=ActorKind.NETWORK, members=(an_actor("m1", name="Le Four", activities=("pain",)),))
    assert only(rank_actors(an_opportunity(), [network])).via_member is None


@few
@given(builders.opportunities(), builders.carriers("n"), builders.lone_actors("nm9"))
def test_another_member_never_lowers_the_similarity_of_the_best(
    opportunity: Opportunity, network: Actor, member: Actor
) -> None:
    """Only the trade is weighed: capacity is shared, hence the same whoever is looked through."""
    trade = builders.weights(words=0, spelling=0, sector=0, nearness=0, capacity=0, seeking=0, freshness=0)
    without = rank_actors(opportunity, [network], by=trade).suggestions
    more = replace(network, members=(*network.members, member))
    with_it = rank_actors(opportunity, [more], by=trade).suggestions
    assert not without or with_it[0].score >= without[0].score


@few
@given(builders.opportunities(), builders.desks_of_actors())
def test_an_entrepreneur_is_proposed_only_through_the_one_that_carries_it(
    opportunity: Opportunity, desk: list[Actor]
) -> None:
    kinds = {actor.id: actor.kind for actor in desk}
    members = {actor.id: {member.id for member in actor.members} for actor in desk}
    for row in rank_actors(opportunity, desk).suggestions:
        assert kinds[row.candidate_id] != ActorKind.ENTREPRENEUR
        assert row.via_member is None or row.via_member in members[row.candidate_id]


def test_an_entrepreneur_is_refused_alone_and_found_through_its_cae() -> None:
    entrepreneur = an_actor("e1", kind=ActorKind.ENTREPRENEUR)
    cae = an_actor("c1", kind=ActorKind.CAE, name="Coop", activities=("portage",), members=(entrepreneur,))
    ranking = rank_actors(an_opportunity(), [entrepreneur, cae])
    assert [(row.candidate_id, row.via_member) for row in ranking.suggestions] == [("c1", "e1")]
    assert [(row.candidate_id, row.reason.code) for row in ranking.filtered] == [("e1", "carried")]
    assert rank_opportunities(entrepreneur, [an_opportunity()]).suggestions == ()


def test_near_misses_are_told_first_and_the_carried_last() -> None:
    closed_to = frozenset({"000000018"})
    refused = [
        an_actor("a1", kind=ActorKind.ENTREPRENEUR),
        an_actor("a2", name="Le Four", activities=("pain bio",), siren="000000018"),
        an_actor("a3", siren="000000018"),
    ]
    ranking = rank_actors(an_opportunity(own_sirens=closed_to), refused)
    assert [row.candidate_id for row in ranking.filtered] == ["a3", "a2", "a1"]


def test_a_score_is_calibrated_by_the_form_of_its_question_and_its_parts_still_sum() -> None:
    calibration = {**PRIOR.calibration, Form.WORDS: Calibration(0.5, 1.0)}
    weights = replace(PRIOR, calibration=calibration)
    actor = builders.a_complete_actor("a1")
    full = builders.a_complete_opportunity("o1")
    words = replace(full, naf=(), cpv=(), cpv_labels=())
    assert (form_of(full), form_of(words), form_of(replace(words, pasted=True))) == tuple(Form)
    assert rank_actors(full, [actor], by=weights) == rank_actors(full, [actor], by=PRIOR)
    (shown,) = rank_actors(words, [actor], by=weights).suggestions
    (raw,) = rank_actors(words, [actor], by=PRIOR).suggestions
    assert logit(shown.score) == pytest.approx(0.5 * logit(raw.score) + 1.0)
    assert shown.bias + sum(reason.contribution for reason in shown.reasons) == pytest.approx(logit(shown.score))
    (mirrored,) = builders.rank_opportunities(actor, [words], by=weights).suggestions
    assert (mirrored.score, mirrored.reasons) == (shown.score, shown.reasons)


def test_each_role_is_ranked_by_its_own_weights() -> None:
    """Contributions, bias and logit of a row are those of its role, in both directions."""
    by = {**same_for_all_roles(PRIOR), Role.TAKE_OVER: builders.weights(bias=-3.0, semantic=1, nearness=4)}
    market = builders.a_complete_opportunity("o1")
    takeover = builders.a_complete_opportunity("o2", kind=OpportunityKind.TAKEOVER, headcount=6)
    actor = builders.a_complete_actor("a1")
    both = Matcher(by, builders.SIMILARITY_RANGE)
    index = builders.actor_index(actor)
    mixed = both.opportunities_for(index, builders.opportunity_index(market, takeover), today=builders.TODAY, k=9)
    found = {one.candidate_id: one for one in mixed.suggestions}
    for one in (market, takeover):
        (alone,) = rank_opportunities(actor, [one], by=by[roles_of(one.kind)[0]]).suggestions
        (seen,) = both.actors_for(builders.opportunity_index(one), index, today=builders.TODAY, k=9).suggestions
        for other in (alone, seen):
            assert (found[one.id].score, found[one.id].bias) == (other.score, other.bias)
            assert found[one.id].reasons == other.reasons
            assert found[one.id].role == other.role == roles_of(one.kind)[0]
        told = found[one.id].bias + sum(reason.contribution for reason in found[one.id].reasons)
        assert sigmoid(told) == pytest.approx(found[one.id].score, abs=1e-9)
    assert found["o1"].bias != found["o2"].bias


def test_an_empty_desk_has_an_empty_answer_in_both_directions() -> None:
    assert rank_actors(an_opportunity(), []) == Ranking((), (), 0)
    assert rank_opportunities(an_actor(), []) == Ranking((), (), 0)


def test_a_matcher_is_given_its_day() -> None:
    """No clock inside: the same desk, asked on the day after the deadline, refuses."""
    matcher = Matcher(same_for_all_roles(PRIOR), builders.SIMILARITY_RANGE)
    wanted = OpportunityIndex.build([an_opportunity(deadline=TODAY)], builders.toy_encode)
    actors = ActorIndex.build([an_actor()], builders.toy_encode)
    assert matcher.actors_for(wanted, actors, today=TODAY, k=1).suggestions
    (filtered,) = matcher.actors_for(wanted, actors, today=TODAY + timedelta(days=1), k=1).filtered
    assert filtered.reason.code == "deadline_passed"
    assert filtered.reason.figures == {"deadline": "2026-11-24"}


FOREIGN = ("sqlalchemy", "sqlmodel", "fastapi", "starlette", "httpx", "torch", "sklearn", "pydantic", "models", "api")
ONE_RUN = f"""
import sys
from datetime import date
import numpy as np
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.scoring import PRIOR, same_for_all_roles
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Point

def encode(texts):
    return np.full((len(texts), 16), 1000, np.float32)

actors = ActorIndex.build([Actor("a1", ActorKind.SCOP, "Les Sécateurs", ("tonte",), point=Point(45, 5))], encode)
wanted = OpportunityIndex.build([Opportunity("o1", OpportunityKind.MARKET, "Tonte", cpv=("77310000",))], encode)
matcher = Matcher(same_for_all_roles(PRIOR), (0.0, 1.0))
assert matcher.actors_for(wanted, actors, today=date(2026, 11, 24), k=5).suggestions
assert matcher.opportunities_for(actors, wanted, today=date(2026, 11, 24), k=5).suggestions
print(*sorted(set({FOREIGN!r}) & set(sys.modules)))
"""


def test_a_full_ranking_loads_no_database_no_http_and_no_framework() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", ONE_RUN], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
