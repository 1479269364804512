"""European notices: what they say is read wherever the form lets it stand, and nothing else is taken for it."""

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.clock import day_in_france
from api.open_data.sources import boamp
from api.open_data.sources.contract import Closed, OpportunityFound, SourceFact
from tests.support import eforms_samples as sample
from tests.support.open_data_samples import TODAY, records

CREST = sample.location(city="Crest", postcode="26400", nuts="FRK23")
PRIVAS = sample.location(city="Privas", postcode="07000", nuts="FRK22")
EUROPEAN = [record for record in records(boamp) if '"EFORMS"' in (record["donnees"] or "")]
TENDERS, REQUESTS, EXPRESSIONS = (
    sample.period("2027-01-20+01:00"), sample.period("2026-12-15+01:00"), sample.period("2027-02-10+01:00")
)  # fmt: skip
RESERVED = sample.code("reserved-procurement", "res-ws")


def read(content: sample.Element, **columns: Any) -> list[SourceFact]:
    return boamp.read(sample.record(content, **columns), TODAY)


def opening(content: sample.Element, **columns: Any) -> dict[str, Any]:
    (found,) = read(content, **columns)
    assert isinstance(found, OpportunityFound)
    return found.content


def place(content: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(content.get(name) for name in ("postcode", "commune_name", "department"))


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


# Places


@given(published=st.lists(st.sampled_from(["26", "69", "75", "91", "7"]), max_size=4), at_lot=st.booleans())
def test_the_place_of_the_work_is_the_notice_s_wherever_it_is_published(published: list[str], at_lot: bool) -> None:
    whole, part = sample.project(locations=None if at_lot else [PRIVAS]), sample.project(locations=[PRIVAS])
    content = opening(sample.notice([sample.lot(content=part)], whole=whole), code_departement=published)
    assert place(content) == ("07000", "Privas", "07")


BUYERS = st.sampled_from([
    ("Lyon", "69003"), ("Valence", "26000"), ("Privas", "07000"), ("Mairie de Crest (26400).", None), (None, None),
])  # fmt: skip


@given(buyer=BUYERS, published=st.sampled_from([["26"], ["07"], ["69"]]))
def test_a_buyer_s_place_is_not_taken_for_the_work_s(
    buyer: tuple[str | None, str | None], published: list[str]
) -> None:
    parts = {name: part for name, part in zip(("city", "postcode"), buyer, strict=True) if part}
    nowhere = sample.notice([sample.lot()], buyer=sample.company("ORG-0001", ["00030006100017"], **parts))
    assert place(opening(nowhere, code_departement=published)) == (None, None, published[0])
    by_code = sample.project(locations=[sample.location(nuts="FRK22")])
    told = sample.notice([sample.lot()], whole=by_code, buyer=sample.company("ORG-0001", ["00030006100017"], **parts))
    assert place(opening(told, code_departement=published)) == (None, None, "07")


@pytest.mark.parametrize(
    ("name", "city", "at_home"),
    [
        ("Commune de Crest", "Crest", True),
        ("VILLE DE CREST", "Crest", True),
        ("Mairie du Teil", "Le Teil", True),
        ("Crest", "CREST CEDEX", True),
        ("Saint Paul Trois Châteaux", "Saint-Paul-Trois-Châteaux", True),
        ("Commune de Saint-Modèle", "Crest", False),
        ("Communauté de communes du Crestois", "Crest", False),
        ("Centre hospitalier de Crest", "Crest", False),
        ("Valence Romans Agglo", "Valence", False),
    ],
)
def test_only_a_commune_that_tells_no_place_works_at_home(name: str, city: str, at_home: bool) -> None:
    buyer = sample.company("ORG-0001", ["00030006100017"], city=city, postcode="26400")
    by_code = sample.project(locations=[sample.location(nuts="FRK23")])
    content = opening(sample.notice([sample.lot()], whole=by_code, buyer=buyer), nomacheteur=name)
    assert place(content)[::2] == ("26400" if at_home else None, "26")
    for told in ([PRIVAS], [CREST, PRIVAS], [sample.location(nuts="FRK22")]):
        elsewhere = sample.notice([sample.lot()], whole=sample.project(locations=told), buyer=buyer)
        assert place(opening(elsewhere, nomacheteur=name))[0] == ("07000" if told == [PRIVAS] else None)


def test_of_several_departments_that_of_the_buyer_is_the_work_s_until_it_is_told() -> None:
    buyer = sample.company("ORG-0001", ["00030006100017"], city="Privas", postcode="07000")
    content = sample.notice([sample.lot()], buyer=buyer)
    assert place(opening(content, code_departement=["26", "07"])) == (None, None, "07")
    assert place(opening(content, code_departement=["26", "69"])) == (None, None, None)


@pytest.mark.parametrize(
    ("locations", "expected"),
    [
        ([sample.location(city="Mairie de Crest (26400).", nuts="FRK23")], ("26400", "Crest", "26")),
        ([sample.location(city="CREST CEDEX", postcode="26 401", nuts="FRK23")], ("26401", "CREST", "26")),
        ([sample.location(city="Crest", nuts="FRK23")], (None, "Crest", "26")),
        ([sample.location("Gymnase municipal, 26400 Crest", nuts="FRK23")], ("26400", "Crest", "26")),
        ([sample.location("Toute la Drôme", nuts="FRK23")], (None, None, "26")),
        ([sample.location("Maximum de 50000 euros par an", nuts="FRK23")], (None, None, "26")),
        ([sample.location("Siège : 69003 Lyon", nuts="FRK23")], (None, None, "26")),
        ([sample.location(city="Drôme", nuts="FRK23")], (None, None, "26")),
        ([CREST, sample.location(city="Die", postcode="26150", nuts="FRK23")], (None, None, "26")),
        ([CREST, CREST], ("26400", "Crest", "26")),
        ([CREST, PRIVAS], (None, None, "69")),
        ([sample.location(city="Luxembourg", postcode="2985", nuts="LU000", country="LUX")], (None, None, "69")),
        ([{"cac:Address": {"cbc:Region": "anyw-cou"}}], (None, None, "69")),
        ([{"cbc:Description": sample.french("26400 Crest")}], ("26400", "Crest", "26")),
    ],
)
def test_a_place_is_read_as_far_as_it_is_told(locations: list[sample.Element], expected: tuple[Any, ...]) -> None:
    """Published for the Rhône alone, which stands where the notice tells nothing."""
    content = sample.notice([sample.lot()], whole=sample.project(locations=locations))
    assert place(opening(content, code_departement=["69"])) == expected


def test_lots_in_one_commune_place_the_whole_and_lots_in_two_do_not() -> None:
    at_crest, at_die = (sample.project(locations=[sample.location(city=city, postcode=postcode, nuts="FRK23")])
                        for city, postcode in (("Crest", "26400"), ("Die", "26150")))  # fmt: skip
    together = sample.notice([sample.lot(1, content=at_crest), sample.lot(2, content=at_crest)])
    apart = sample.notice([sample.lot(1, content=at_crest), sample.lot(2, content=at_die)])
    assert place(opening(together)) == ("26400", "Crest", "26")
    assert place(opening(apart)) == (None, None, "26")


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


# Where elements stand

PREFIXES = ("cac", "cbc", "efac", "efbc", "efext", "ext")
AGGREGATES = ("cac:", "efac:", "efext:", "ext:")


def rewritten(node: Any, names: dict[str, str]) -> Any:
    """Return a notice with other prefixes; an empty one is none at all."""
    if isinstance(node, list):
        return [rewritten(child, names) for child in node]
    if not isinstance(node, dict):
        return node
    return {renamed(name, names): rewritten(child, names) for name, child in node.items()}


def renamed(name: str, names: dict[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return f"{names[prefix]}:{local}".lstrip(":") if local and prefix in names else name


def with_notice(record: dict[str, Any], change: Any) -> dict[str, Any]:
    return record | {"donnees": json.dumps(change(json.loads(record["donnees"])), ensure_ascii=False)}


@settings(max_examples=60)
@given(
    record=st.sampled_from(EUROPEAN),
    names=st.fixed_dictionaries({prefix: st.sampled_from(["", "ns2", "ubl", "x", prefix]) for prefix in PREFIXES}),
)
def test_a_notice_is_read_whatever_its_prefixes_are(record: dict[str, Any], names: dict[str, str]) -> None:
    assert boamp.read(with_notice(record, lambda held: rewritten(held, names)), TODAY) == boamp.read(record, TODAY)


@settings(max_examples=60)
@given(record=st.sampled_from(EUROPEAN), data=st.data())
def test_an_element_alone_is_read_as_a_list_of_it(record: dict[str, Any], data: st.DataObject) -> None:
    """What repeats in a notice is a list, what stands once is not: a single element may come either way."""

    def listed(node: Any) -> Any:
        if isinstance(node, list):
            return [listed(child) for child in node]
        if not isinstance(node, dict):
            return node
        return {
            name: [listed(child)] if wraps(name, child) and data.draw(st.booleans()) else listed(child)
            for name, child in node.items()
        }

    def wraps(name: str, child: Any) -> bool:
        return isinstance(child, dict) and name.startswith(AGGREGATES)

    assert boamp.read(with_notice(record, listed), TODAY) == boamp.read(record, TODAY)


@given(names=st.fixed_dictionaries({prefix: st.sampled_from(["", "ns2", prefix]) for prefix in PREFIXES}))
def test_of_all_organisations_only_the_buyer_is_kept_whatever_the_prefixes(names: dict[str, str]) -> None:
    """A winner may be a sole trader, whose name, address and SIRET are a person's."""
    winner = sample.company("ORG-0009", ["00030006100017"], city="CANARIVILLE", postcode="26400")
    buyer = sample.company("ORG-0001", ["00030006100017"], city="Crest", postcode="26400")
    contact = {
        "cac:Contact": {"cbc:Name": "CANARICONTACT"},
        "efac:TouchPoint": {"cac:PartyName": {"cbc:Name": "CANARI"}},
    }
    parties = {"efac:NoticeResult": {"efac:TenderingParty": {"cbc:Name": "Offre CANARI"}}}
    buyer["efac:Company"] |= contact
    whole = sample.notice([sample.lot()], buyer=buyer, extension=parties, kind="ContractAwardNotice")
    extension = whole["ContractAwardNotice"]["ext:UBLExtensions"]["ext:UBLExtension"]["ext:ExtensionContent"]
    extension["efext:EformsExtension"]["efac:Organizations"]["efac:Organization"].append(winner)
    for nature in ("ATTRIBUTION", "APPEL_OFFRE"):
        held = sample.record(rewritten(whole, names), nature=nature)
        kept = boamp.public(held)
        assert "CANARI" not in json.dumps(kept, ensure_ascii=False)
        assert boamp.read(kept, TODAY) == boamp.read(held, TODAY)
        assert boamp.public(kept) == kept


@given(record=st.sampled_from(EUROPEAN))
def test_attributes_of_the_notice_are_no_elements(record: dict[str, Any]) -> None:
    """A root may carry its namespaces."""

    def with_namespaces(held: dict[str, Any]) -> dict[str, Any]:
        inside = {
            name: child | {"@xmlns:cac": "urn:oasis:…", "@xsi:schemaLocation": "x"}
            for name, child in held["EFORMS"].items()
        }
        return {"EFORMS": {"@xmlns": "urn:oasis:…", **inside}}

    assert boamp.read(with_notice(record, with_namespaces), TODAY) == boamp.read(record, TODAY)


@given(order=st.permutations([1, 2, 3]), data=st.data())
def test_what_one_lot_lacks_says_nothing_of_the_others(order: list[int], data: st.DataObject) -> None:
    parts = {
        1: sample.lot(
            1, reserved=RESERVED, tenders=TENDERS, content=sample.project("Tonte", amount="1000", locations=[CREST])
        ),
        2: sample.lot(
            2, tenders=TENDERS, content=sample.project("Taille", amount="2000", cpv="77340000", locations=[CREST])
        ),
        3: sample.lot(3, tenders=TENDERS, content=sample.project("Arrosage", locations=[CREST])),
    }
    whole = {lot["number"]: lot for lot in opening(sample.notice([parts[number] for number in order]))["lots"]}
    poor = data.draw(st.sampled_from(order))
    lack = data.draw(st.sampled_from(["cac:TenderingTerms", "cac:TenderingProcess", sample.PROJECT]))
    lots = [{name: part for name, part in parts[number].items() if number != poor or name != lack} for number in order]
    content = opening(sample.notice(lots))
    assert {lot["number"] for lot in content["lots"]} == {"1", "2", "3"}
    assert all(lot == whole[lot["number"]] for lot in content["lots"] if lot["number"] != str(poor))
    assert content["deadline"] == date(2027, 1, 20)
