"""BOAMP: what notices of each form say, and what a procedure's notices do to each other."""

import json
import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from api.open_data.sources import boamp
from api.open_data.sources.contract import BadRecord, Closed, OpportunityFound
from tests.support.open_data_samples import SHARED, TODAY, put, records, without

NOTICES = {record["idweb"]: record for record in records(boamp)}


def opening(idweb: str) -> OpportunityFound:
    (found,) = boamp.read(NOTICES[idweb], TODAY)
    assert isinstance(found, OpportunityFound)
    return found


def ending(idweb: str) -> Closed:
    (found,) = boamp.read(NOTICES[idweb], TODAY)
    assert isinstance(found, Closed)
    return found


def test_a_national_notice_is_known_by_its_number_and_says_its_lots() -> None:
    found = opening("26-131201")
    assert found.source_id == "26-131201"
    assert [(lot["number"], lot["title"], lot["cpv"], lot["amount_eur"]) for lot in found.content["lots"]] == [
        ("1", "Tonte et débroussaillage", ["77314000"], 48000),
        ("2", "Taille des haies et arbustes", ["77340000"], 22000),
    ]
    assert found.content["deadline"] == date(2026, 12, 11)
    assert found.content["department"] == "26"
    assert found.content["postcode"] == "26400"
    assert found.content["commune_name"] == "Crest"
    assert found.content["social_clause"] is True
    assert found.content["url"] == "https://www.boamp.fr/pages/avis/?q=idweb:26-131201"
    assert found.missing == ()


def test_its_rectification_names_it_and_says_only_what_it_says() -> None:
    found = opening("26-132877")
    assert found.source_id == "26-131201"
    assert found.content["deadline"] == date(2026, 12, 18)
    assert not {"lots", "cpv", "amount_eur", "published_on"} & found.content.keys()
    assert "26-132877" in found.aliases


def test_its_cancellation_names_it_through_the_rectification() -> None:
    assert ending("26-133020") == Closed(
        "boamp", "26-131201", "cancelled", date(2026, 11, 16), ("26-132877", "26-133020")
    )


@pytest.mark.parametrize("link", [["26-132877"], "26-132877", None])
def test_a_notice_is_followed_by_whatever_field_links_it(link: Any) -> None:
    """`annonce_lie` is a list, a text in an older interface, or nothing, where `gestion` has the same."""
    (found,) = boamp.read(NOTICES["26-133020"] | {"annonce_lie": link}, TODAY)
    assert found.source_id == "26-131201"  # `gestion` names both


def test_dates_in_the_list_of_earlier_notices_are_not_notices() -> None:
    record = NOTICES["26-132877"] | {"annonce_lie": None, "gestion": None}
    (found,) = boamp.read(record, TODAY)
    assert found.source_id == "26-131201"
    assert isinstance(found, OpportunityFound)
    assert set(found.aliases) == {"26-132877"}


def test_an_initial_notice_is_itself_whatever_it_is_linked_to() -> None:
    """A tender that follows one that failed is another tender."""
    (found,) = boamp.read(NOTICES["26-130500"] | {"annonce_lie": ["26-100000"]}, TODAY)
    assert found.source_id == "26-130500"
    assert isinstance(found, OpportunityFound)
    assert found.aliases == ()


def test_european_notices_of_a_procedure_are_one_opportunity() -> None:
    initial, changed = opening("26-132010"), opening("26-133404")
    assert initial.source_id == changed.source_id == NOTICES["26-132010"]["contractfolderid"]
    assert (initial.content["deadline"], changed.content["deadline"]) == (date(2026, 12, 15), date(2026, 12, 22))
    assert initial.content["published_on"] == date(2026, 11, 6)
    assert "published_on" not in changed.content


def test_a_european_notice_says_its_lots_its_buyer_and_its_reservations() -> None:
    content = opening("26-132010").content
    assert [lot.get("reserved", []) for lot in content["lots"]] == [[], ["siae"], []]
    assert [lot["amount_eur"] for lot in content["lots"]] == [410000, 120000, 60000]
    assert content["cpv"] == ["90910000", "90919300", "90919200", "90911300"]
    assert content["buyer_siret"].startswith("000")
    assert "reserved" not in content
    assert opening("26-133600").content["lots"][2]["reserved"] == ["ess"]


def test_a_reservation_that_cites_no_article_is_for_adapted_companies_and_for_insertion() -> None:
    path = ("donnees", "@json", "EFORMS", "ContractNotice", "cac:ProcurementProjectLot", 1, "cac:ProcurementProject")
    (found,) = boamp.read(without(NOTICES["26-132010"], (*path, "cbc:Description")), TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.content["lots"][1]["reserved"] == ["ea_esat", "siae"]


def test_the_only_lot_of_a_european_notice_is_the_whole() -> None:
    found = opening("26-118800")
    assert "lots" not in found.content
    assert found.content["amount_eur"] == 180000
    assert found.content["deadline"] == date(2026, 10, 16)


def test_an_award_and_a_notice_marked_as_annulled_end_their_procedure() -> None:
    assert ending("26-133711").source_id == opening("26-118800").source_id
    assert ending("26-133711").reason == "awarded"
    assert ending("26-134222").reason == "cancelled"


def test_an_award_without_a_winner_is_a_cancellation() -> None:
    path = ("donnees", "@json", "EFORMS", "ContractAwardNotice", "ext:UBLExtensions", "ext:UBLExtension")
    path = (*path, "ext:ExtensionContent", "efext:EformsExtension", "efac:NoticeResult", "efac:LotResult")
    (found,) = boamp.read(put(NOTICES["26-133711"], (*path, "cbc:TenderResultCode", "#text"), "clos-nw"), TODAY)
    assert isinstance(found, Closed)
    assert found.reason == "cancelled"


@pytest.mark.parametrize(
    ("idweb", "reserved"),
    [
        ("26-131455", ["siae"]),  # MAPA: the text cites L.2113-13
        ("26-133802", ["ea_esat", "siae"]),  # the form of before 2024: MARCHE_RESERVE_OUI, no article
        ("26-134210", ["ea_esat", "siae"]),  # FNSimple: reservationMarche {oui}
        ("26-134150", None),
    ],
)
def test_national_forms_tell_reservations_by_an_element_or_in_words(idweb: str, reserved: list[str] | None) -> None:
    assert opening(idweb).content.get("reserved") == reserved


def test_what_is_not_reserved_is_not_read_as_reserved() -> None:
    remarks = "Ce marché n’est pas réservé au titre de l’article L. 2113-13."
    record = NOTICES["26-131455"]
    record = put(record, ("donnees", "@json", "MAPA", "initial", "renseignements", "rensgComplt"), remarks)
    (found,) = boamp.read(record, TODAY)
    assert isinstance(found, OpportunityFound)
    assert "reserved" not in found.content


def test_announcements_that_open_nothing_are_of_no_use() -> None:
    assert boamp.read(NOTICES["26-134100"], TODAY) == []


def test_an_unknown_nature_is_refused_by_its_name() -> None:
    with pytest.raises(BadRecord) as refused:
        boamp.read(NOTICES["26-130500"] | {"nature": "TOMBOLA"}, TODAY)
    assert (refused.value.reference, refused.value.field) == ("26-130500", "nature")
    assert "TOMBOLA" in refused.value.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [("dateparution", 20261102), ("datelimitereponse", "le 11"), ("objet", ["x"]), ("donnees", "{"), ("idweb", 26)],
)
def test_a_field_of_another_type_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(BadRecord) as refused:
        boamp.read(NOTICES["26-131201"] | {field: value}, TODAY)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "missing"),
    [("datelimitereponse", None), ("nomacheteur", "nomacheteur"), ("donnees", "donnees (CPV)")],
)
def test_a_missing_field_is_reported_unless_something_else_tells_it(field: str, missing: str | None) -> None:
    """The deadline stands in `donnees` too."""
    (found,) = boamp.read(without(NOTICES["26-131201"], (field,)), TODAY)
    assert isinstance(found, OpportunityFound)
    assert (missing in found.missing) if missing else found.missing == ()


def test_a_deadline_is_a_day_in_france() -> None:
    """European notices tell moments in UTC: 23:30 on the 30th is the 31st, half past midnight."""
    (found,) = boamp.read(NOTICES["26-132010"] | {"datelimitereponse": "2026-12-30T23:30:00+00:00"}, TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.content["deadline"] == date(2026, 12, 31)


def test_queries_are_by_month_and_name_the_departments() -> None:
    asked = list(boamp.requests(["26", "07"], date(2026, 10, 20), TODAY))
    assert [request.params["where"].split("'")[1] for request in asked] == ["2026-10-20", "2026-11-01"]
    assert all('code_departement IN ("26", "07", "7")' in request.params["where"] for request in asked)
    page = boamp.page({"total_count": 12_000, "results": [{}] * 100}, asked[0])
    assert page.following is not None
    assert page.following.params["offset"] == "100"


def test_what_the_service_does_not_show_is_said() -> None:
    request = next(iter(boamp.requests(["26"], TODAY, TODAY)))
    request.params["offset"] = "9900"
    page = boamp.page({"total_count": 12_000, "results": [{}] * 100}, request)
    assert page.following is None
    assert "12000" in page.warning


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/samples is absent")
def test_the_shared_sample_is_read_a_cancellation_after_what_it_cancels() -> None:
    wrapped = json.loads((SHARED / "boamp_explore.json").read_text("utf-8"))
    found = {one["raw_fields"]["idweb"]: boamp.read(one["raw_fields"], TODAY) for one in wrapped}
    assert {idweb: len(ones) for idweb, ones in found.items()} == dict.fromkeys(found, 1)
    (cancelled,), (initial,) = found["25-127510"], found["25-123573"]
    assert isinstance(cancelled, Closed)
    assert cancelled.source_id == initial.source_id
    (topography,) = found["25-123631"]
    assert isinstance(topography, OpportunityFound)
    assert len(topography.content["lots"]) == 2
    kept = json.dumps([boamp.public(one["raw_fields"]) for one in wrapped], ensure_ascii=False)
    assert "Telephone" not in kept
    assert "Juriste" not in kept


def as_json(element: ElementTree.Element, prefixes: dict[str, str]) -> Any:
    """Turn XML to JSON as BOAMP does: « @attribute », « #text », a list where a name repeats, "" where nothing is."""
    content: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        name = re.sub(r"\{(.*)\}", lambda match: prefixes[match[1]] + ":", child.tag)
        value = as_json(child, prefixes)
        if name not in content:
            content[name] = value
        elif isinstance(content[name], list):
            content[name].append(value)
        else:
            content[name] = [content[name], value]
    text = (element.text or "").strip()
    return (content | {"#text": text} if text else content) if content else text


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/samples is absent")
def test_the_shared_notice_of_before_2024_is_read_from_its_xml() -> None:
    notice = as_json(ElementTree.parse(SHARED / "boamp_avis.xml").getroot(), {})
    indexed = notice["GESTION"]["INDEXATION"]
    record = {
        "idweb": notice["GESTION"]["REFERENCE"]["IDWEB"],
        "nature": "APPEL_OFFRE",
        "dateparution": indexed["DATE_PUBLICATION"],
        "objet": indexed["RESUME_OBJET"],
        "code_departement": [indexed["DEP_PUBLICATION"]],
        "nomacheteur": notice["DONNEES"]["IDENTITE"]["DENOMINATION"],
        "donnees": json.dumps(notice["DONNEES"]),
    }
    (found,) = boamp.read(record, TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.content["cpv"][0] == "71240000"
    assert found.content["amount_eur"] == 50_000
    assert found.content["deadline"] == date(2017, 1, 30)
    assert "reserved" not in found.content  # MARCHE_RESERVE_NON
    assert found.content["department"] == "13"


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/samples is absent")
def test_the_shared_european_notice_is_read_from_its_xml() -> None:
    path = SHARED / "eforms_cn_24_FRA_comments.xml"
    prefixes = {uri: prefix for _, (prefix, uri) in ElementTree.iterparse(path, ["start-ns"])}
    root = as_json(ElementTree.parse(path).getroot(), prefixes)
    record = NOTICES["26-132010"] | {
        "donnees": json.dumps({"EFORMS": {"ContractNotice": root}}),
        "contractfolderid": None,
    }
    (found,) = boamp.read(record, TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.source_id == "e3cdabf1-e057-47a5-9210-b1f6fc757228"
    assert [lot["number"] for lot in found.content["lots"]] == ["1", "2"]
    assert all(lot["cpv"] for lot in found.content["lots"])
    assert not any("reserved" in lot for lot in found.content["lots"])


INSIDE = ("donnees", "@json", "EFORMS", "ContractNotice")
PROJECT = "cac:ProcurementProject"


def changed_opening(record: Any) -> OpportunityFound:
    (found,) = boamp.read(record, TODAY)
    assert isinstance(found, OpportunityFound)
    return found


def test_a_rectified_award_opens_nothing() -> None:
    assert boamp.read(NOTICES["26-132877"] | {"titulaire": ["Une entreprise"]}, TODAY) == []


def test_a_buyer_whose_seat_is_elsewhere_does_not_move_the_market() -> None:
    """Where the work is done is told by the notice itself, else not at all: the seat tells none."""
    form = ("donnees", "@json", "MAPA")
    seated = put(NOTICES["26-131455"], (*form, "organisme", "adr"), {"cp": "69001", "ville": "Lyon"})
    told = changed_opening(seated).content
    assert (told["department"], told["postcode"], told["commune_name"]) == ("07", "07200", "Aubenas")
    untold = changed_opening(without(seated, (*form, "initial", "description", "lieuExecution"))).content
    assert untold["department"] == "07"
    assert not {"postcode", "commune_name"} & untold.keys()


def test_work_outside_of_the_departments_of_publication_keeps_its_place() -> None:
    path = ("donnees", "@json", "MAPA", "initial", "description", "lieuExecution")
    content = changed_opening(put(NOTICES["26-131455"], path, {"cp": "69001", "ville": "Lyon"})).content
    assert (content["department"], content["postcode"], content["commune_name"]) == ("69", "69001", "Lyon")


@pytest.mark.parametrize("words", ["Mairie de Crest (26400).", "26400 Crest", "Crest (26400)", "Mairie, 26400 CREST"])
def test_a_national_place_of_work_is_read_from_its_sentence(words: str) -> None:
    path = ("donnees", "@json", "FNSimple", "initial", "natureMarche", "lieuExecution")
    content = changed_opening(put(NOTICES["26-131201"], path, words)).content
    assert (content["department"], content["postcode"], content["commune_name"].title()) == ("26", "26400", "Crest")


def test_of_several_departments_none_is_chosen_unless_the_place_tells_it() -> None:
    record = NOTICES["26-131455"] | {"code_departement": ["26", "07"]}
    assert changed_opening(record).content["department"] == "07"
    nowhere = without(record, ("donnees",))
    assert "department" not in changed_opening(nowhere).content
    assert "code_departement" in changed_opening(nowhere).missing


def test_an_amount_in_another_currency_says_nothing() -> None:
    lot = (*INSIDE, "cac:ProcurementProjectLot", 0, PROJECT, "cac:RequestedTenderTotal")
    path = (*lot, "cbc:EstimatedOverallContractAmount", "@currencyID")
    assert "amount_eur" not in changed_opening(put(NOTICES["26-132010"], path, "CHF")).content["lots"][0]


def test_a_reserved_execution_is_a_social_clause_and_excludes_nobody() -> None:
    lot = (*INSIDE, "cac:ProcurementProjectLot", 0)
    silent = put(NOTICES["26-133600"], (*lot, PROJECT, "cbc:Description", "#text"), "Circuits.")
    assert "social_clause" not in changed_opening(silent).content
    path = (*lot, "cac:TenderingTerms", "cac:ContractExecutionRequirement", 1, "cbc:ExecutionRequirementCode", "#text")
    content = changed_opening(put(silent, path, "yes")).content
    assert content["social_clause"] is True
    assert "reserved" not in content["lots"][0]


def test_a_group_of_lots_is_no_lot() -> None:
    path = (*INSIDE, "cac:ProcurementProjectLot", 2, "cbc:ID", "#text")
    content = changed_opening(put(NOTICES["26-132010"], path, "GLO-0001")).content
    assert [lot["number"] for lot in content["lots"]] == ["1", "2"]


def test_a_reserved_lot_does_not_reserve_the_others() -> None:
    path = ("donnees", "@json", "FNSimple", "initial", "lots", "lot", 1, "marcheReserve")
    content = changed_opening(put(NOTICES["26-131201"], path, {"oui": ""})).content
    assert "reserved" not in content
    assert [lot.get("reserved") for lot in content["lots"]] == [None, ["ea_esat", "siae"]]


@pytest.mark.parametrize("no", [{"non": ""}, "non", False])
def test_not_reserved_is_said_in_several_ways(no: Any) -> None:
    path = ("donnees", "@json", "FNSimple", "initial", "natureMarche", "reservationMarche")
    assert "reserved" not in changed_opening(put(NOTICES["26-134210"], path, no)).content
