"""European notices: the same is read wherever elements stand, and whatever their prefixes are."""

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.open_data.sources import boamp
from tests.support import eforms_samples as sample
from tests.support.eforms_samples import CREST, RESERVED, TENDERS, opening
from tests.support.open_data_samples import TODAY, records
from tests.support.proof_share import examples

EUROPEAN = [record for record in records(boamp) if '"EFORMS"' in (record["donnees"] or "")]
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


@settings(max_examples=examples(60))
@given(
    record=st.sampled_from(EUROPEAN),
    names=st.fixed_dictionaries({prefix: st.sampled_from(["", "ns2", "ubl", "x", prefix]) for prefix in PREFIXES}),
)
def test_a_notice_is_read_whatever_its_prefixes_are(record: dict[str, Any], names: dict[str, str]) -> None:
    assert boamp.read(with_notice(record, lambda held: rewritten(held, names)), TODAY) == boamp.read(record, TODAY)


@settings(max_examples=examples(60))
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
