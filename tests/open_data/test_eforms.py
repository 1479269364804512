"""European notices: deadlines, reservations, amounts and ends are read wherever a lot tells them."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.clock import day_in_france
from api.open_data.sources.contract import Closed, SourceFact
from tests.support import eforms_samples as sample
from tests.support.eforms_samples import REQUESTS, RESERVED, TENDERS, opening, read

EXPRESSIONS = sample.period("2027-02-10+01:00")


# Deadlines


def test_a_procedure_in_two_stages_ends_with_its_requests_to_participate() -> None:
    content = opening(sample.notice([sample.lot(requests=REQUESTS)]))
    assert content["deadline"] == date(2026, 12, 15)
    assert "celle des candidatures" in content["description"]


@given(
    tenders=st.sampled_from([None, TENDERS]),
    requests=st.sampled_from([None, REQUESTS]),
    expressions=st.sampled_from([None, EXPRESSIONS]),
    told=st.sampled_from([None, "2027-01-25T11:00:00+00:00"]),
)
def test_the_deadline_is_that_of_the_first_stage_that_has_one(
    tenders: Any, requests: Any, expressions: Any, told: str | None
) -> None:
    """`datelimitereponse`, the service's own, does not know of requests to participate."""
    first = requests or (None if told else tenders or expressions)
    expected = date.fromisoformat(first["cbc:EndDate"][:10]) if first else date(2027, 1, 25) if told else None
    lots = [sample.lot(tenders=tenders, requests=requests, expressions=expressions)]
    assert opening(sample.notice(lots), datelimitereponse=told).get("deadline") == expected


@given(
    moment=st.datetimes(datetime(2026, 11, 1), datetime(2027, 12, 1)),
    minutes=st.integers(-12 * 60, 14 * 60),
    carriers=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_a_deadline_is_the_day_in_france_of_its_moment(
    moment: datetime, minutes: int, carriers: tuple[bool, bool]
) -> None:
    """The offset stands after the day, after the hour, or after both."""
    zoned = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    offset = zoned.isoformat()[19:]
    on_day, on_hour = (offset if carried else "" for carried in carriers)
    end = sample.period(f"{zoned.date()}{on_day}", f"{zoned.time().isoformat()}{on_hour}")
    assert opening(sample.notice([sample.lot(tenders=end)]))["deadline"] == day_in_france(zoned)


@pytest.mark.parametrize("hour", [None, "24:00:00+01:00", "midi", "", "23:30:00"])
def test_a_day_without_a_readable_hour_is_the_day_as_written(hour: str | None) -> None:
    end = sample.period("2026-12-15Z", hour) if hour != "23:30:00" else sample.period("2026-12-15", hour)
    assert opening(sample.notice([sample.lot(tenders=end)]))["deadline"] == date(2026, 12, 15)


def test_the_hour_in_utc_of_the_last_half_hour_is_the_next_day_in_france() -> None:
    end = sample.period("2026-12-14Z", "23:30:00Z")
    assert opening(sample.notice([sample.lot(tenders=end)]))["deadline"] == date(2026, 12, 15)


def test_of_several_lots_the_earliest_deadline_counts() -> None:
    lots = [sample.lot(1, tenders=TENDERS), sample.lot(2, requests=REQUESTS), sample.lot(3)]
    assert opening(sample.notice(lots))["deadline"] == date(2026, 12, 15)


# Reservations and social clauses


@pytest.mark.parametrize(
    ("requirement", "text", "reserved"),
    [
        (RESERVED, "Entretien.", ["ea_esat", "siae"]),
        (RESERVED, "Réservé au titre de l’article L. 2113-13.", ["siae"]),
        ("res-ws", "Entretien.", ["ea_esat", "siae"]),  # without the name of its list
        (sample.code("reserved-procurement", "res-pub-ser"), "Entretien.", ["ess"]),
        (sample.code("reserved-procurement", "none"), "Entretien.", None),
        (sample.code("reserved-procurement", "none"), "Le lot voisin est réservé (L2113-13).", None),
        (None, "Marché réservé aux ESAT, article L2113-12.", ["ea_esat"]),
        (None, "Entretien.", None),
        (sample.code("missing-info-submission", "res-ws"), "Entretien.", None),
    ],
)
@pytest.mark.parametrize("element", ["description", "note"])
def test_a_reservation_is_that_of_its_element_or_else_of_the_lot_s_words(
    requirement: Any, text: str, reserved: list[str] | None, element: str
) -> None:
    part: Any = {element: text}
    content = opening(sample.notice([sample.lot(reserved=requirement, content=sample.project(**part))]))
    assert content.get("reserved") == reserved


def test_an_article_cited_for_the_whole_makes_a_lot_s_reservation_precise() -> None:
    whole = sample.project(description="Le lot 2 est réservé (article L2113-13).")
    content = opening(sample.notice([sample.lot(1), sample.lot(2, reserved=RESERVED)], whole=whole))
    assert [lot.get("reserved") for lot in content["lots"]] == [None, ["siae"]]


CLAUSE = sample.french("Le titulaire réalise 300 heures d’insertion.")


def in_execution(list_name: str, value: str, **parts: Any) -> sample.Element:
    return sample.lot(execution=[{"cbc:ExecutionRequirementCode": sample.code(list_name, value), **parts}])


def in_project(*aims: Any, **parts: Any) -> sample.Element:
    return sample.lot(content=sample.project(aims=list(aims), **parts))


QUALITY = {"cbc:AwardingCriterionTypeCode": sample.code("award-criterion-type", "quality"), "cbc:Description": CLAUSE}
SOCIAL_LOTS = {
    "BT-06": in_project(sample.code("strategic-procurement", "soc-obj")),
    "BT-775": in_project(sample.code("social-objective", "opp")),
    "BT-775 without a list": in_project("opp"),
    "BT-736": in_execution("reserved-execution", "yes"),
    "BT-70": in_execution("conditions", "performance", **{"cbc:Description": CLAUSE}),
    "BT-300": in_project(note=CLAUSE["#text"]),
    "BT-24": in_project(description=CLAUSE["#text"]),
    "BT-541": sample.lot(criteria=[QUALITY | {"cbc:Description": sample.french("Qualité"), "cbc:Name": CLAUSE}]),
    "BT-540": sample.lot(criteria=[QUALITY]),
}
PLAIN_LOT = in_project(
    sample.code("strategic-procurement", "env-imp"), sample.code("strategic-procurement", "none")
) | {"cac:TenderingTerms": in_execution("einvoicing", "required")["cac:TenderingTerms"]}


@given(where=st.sampled_from(sorted(SOCIAL_LOTS)), others=st.integers(0, 2), position=st.integers(0, 2))
def test_a_social_clause_is_read_wherever_a_lot_has_it(where: str, others: int, position: int) -> None:
    lots = [PLAIN_LOT] * others
    lots.insert(position, SOCIAL_LOTS[where])
    assert opening(sample.notice(numbered(lots)))["social_clause"] is True


@given(count=st.integers(1, 3))
def test_environment_and_invoices_are_no_social_clause(count: int) -> None:
    assert "social_clause" not in opening(sample.notice(numbered([PLAIN_LOT] * count)))


def numbered(lots: list[sample.Element]) -> list[sample.Element]:
    return [lot | {"cbc:ID": sample.lot(number)["cbc:ID"]} for number, lot in enumerate(lots, 1)]


# Amounts, buyers


def test_the_amount_of_the_whole_is_the_sum_of_lots_that_all_have_one() -> None:
    with_amounts = [sample.lot(number, content=sample.project(amount="1500.50")) for number in (1, 2)]
    assert opening(sample.notice(with_amounts))["amount_eur"] == 3001
    assert "amount_eur" not in opening(sample.notice([*with_amounts, sample.lot(3)]))
    whole = sample.project(amount="9000")
    assert opening(sample.notice(with_amounts, whole=whole))["amount_eur"] == 9000


def test_a_framework_agreement_is_worth_its_maximum_where_nothing_is_estimated() -> None:
    maximum = sample.project(framework_maximum="80000")
    assert opening(sample.notice([sample.lot(content=maximum)]))["amount_eur"] == 80000
    both = sample.project(framework_maximum="80000", amount="60000")
    assert opening(sample.notice([sample.lot(content=both)]))["amount_eur"] == 60000


def test_a_buyer_with_several_identifiers_is_known_by_its_siret() -> None:
    buyer = sample.company("ORG-0001", ["FR-PLATEFORME-12", "000 300 061 00017"])
    assert opening(sample.notice([sample.lot()], buyer=buyer))["buyer_siret"] == "00030006100017"


# Awards and cancellations


def award(*outcomes: str, ends: str | None = None, **lot_parts: Any) -> list[SourceFact]:
    results = [
        sample.given(
            cbc_ID=f"RES-{number:04}",
            efbc_DPSTerminationIndicator=ends,
            cbc_TenderResultCode=sample.code("winner-selection-status", outcome),
        )
        for number, outcome in enumerate(outcomes, 1)
    ]
    lots = [sample.lot(number, **lot_parts) for number in range(1, len(outcomes) + 1)]
    content = sample.notice(
        lots, extension={"efac:NoticeResult": {"efac:LotResult": results}}, kind="ContractAwardNotice"
    )
    return read(content, nature="ATTRIBUTION")


@given(outcomes=st.lists(st.sampled_from(["selec-w", "clos-nw", "open-nw"]), min_size=1, max_size=4))
def test_an_award_closes_a_tender_unless_a_lot_has_no_decision_yet(outcomes: list[str]) -> None:
    facts = award(*outcomes)
    if "open-nw" in outcomes:
        assert facts == []
        return
    (closed,) = facts
    assert isinstance(closed, Closed)
    assert closed.reason == ("awarded" if "selec-w" in outcomes else "cancelled")


def test_an_award_that_is_withdrawn_neither_awards_nor_cancels_the_tender() -> None:
    changes = {"efac:ChangeReason": {"cbc:ReasonCode": sample.code("change-corrig-justification", "cancel")}}
    withdrawn = sample.notice([sample.lot()], extension={"efac:Changes": changes}, kind="ContractAwardNotice")
    assert read(withdrawn, nature="ATTRIBUTION") == []
    assert (
        read(sample.notice([sample.lot()], kind="ContractAwardNotice"), nature="ATTRIBUTION", etat="ANNULATION") == []
    )


def test_contracts_awarded_within_a_purchasing_system_do_not_close_it() -> None:
    system = {"framework-agreement": "none", "dps-usage": "dps-nlist"}
    assert award("selec-w", systems=system) == []
    assert [type(fact) for fact in award("selec-w", systems=system, ends="true")] == [Closed]
    assert [type(fact) for fact in award("selec-w", systems=system | {"dps-usage": "none"})] == [Closed]


def test_a_purchasing_system_says_that_it_can_be_entered() -> None:
    content = opening(sample.notice([sample.lot(requests=REQUESTS, systems={"dps-usage": "dps-nlist"})]))
    assert "pendant toute sa durée" in content["description"]


@given(reasons=st.lists(st.sampled_from(["cor-buy", "update-add", "cancel", "cancel-intent"]), min_size=1, max_size=3))
def test_a_change_cancels_where_one_of_its_reasons_does(reasons: list[str]) -> None:
    changes = {
        "efac:ChangeReason": [{"cbc:ReasonCode": sample.code("change-corrig-justification", r)} for r in reasons]
    }
    (fact,) = read(sample.notice([sample.lot(tenders=TENDERS)], extension={"efac:Changes": changes}))
    assert isinstance(fact, Closed) == ("cancel" in reasons)
