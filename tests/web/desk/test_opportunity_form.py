"""Openings with lots, and takeover cases, added and corrected on screen."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.actors import Actor
from models.database import reading
from models.opportunities import Lot, Opportunity, TakeoverCase
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_actor
from tests.web.desk.test_actor_form import read

OPENING, CASE = "/opportunites/nouvelle", "/reprises/nouvelle"
GARDENERS = demo_actor("a001", "00017926700026")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, "facilitator") as client:
        yield client


def stored(doors: Doors, title: str) -> list[Opportunity]:
    with reading(doors.engine) as session:
        return list(session.exec(select(Opportunity).where(Opportunity.title == title)))


def lots(doors: Doors, opportunity: Opportunity) -> list[tuple[str, str, float | None, list[str]]]:
    with reading(doors.engine) as session:
        rows = session.exec(select(Lot).where(Lot.opportunity_id == opportunity.id).order_by(Lot.number)).all()
        return [(row.number, row.title, row.amount_eur, row.reserved) for row in rows]


def add_opening(desk: TestClient, title: str) -> str:
    form = PageForm(desk.get(OPENING).text, OPENING).with_(
        acte="distinct", title=title, place="Crest (26)", buyer_name="Commune de Crest", amount_eur="85 000",
        deadline="2099-12-18", reserved=["siae"], lot_number=["1", "2"], lot_title=["Tonte", "Ménage"],
        lot_amount=["45 000 €", "40 k€"], lot_reserved=["", "ea_esat"], lot_cpv=["77310000-6", ""],
    )  # fmt: skip
    answer = desk.post(OPENING, data=form)
    assert answer.status_code == 303, Outline(answer.text).words[:1500]
    return str(answer.headers["location"]).partition("?")[0]


def test_an_opening_is_added_with_its_lots(desk: TestClient, doors: Doors) -> None:
    address = add_opening(desk, "Espaces verts et propreté")
    assert "La fiche est ajoutée." in read(desk.get(address + "?fait=ajoute")).words
    (opening,) = stored(doors, "Espaces verts et propreté")
    assert (opening.commune_code, opening.amount_eur, opening.reserved) == ("26108", 85_000, ["siae"])
    assert lots(doors, opening) == [("1", "Tonte", 45_000, []), ("2", "Ménage", 40_000, ["ea_esat"])]


def test_a_wrong_lot_opens_the_lots_and_keeps_them_all(desk: TestClient, doors: Doors) -> None:
    sent = PageForm(desk.get(OPENING).text, OPENING).with_(
        acte="enregistrer", title="Lots faux", lot_number=["1", "2"], lot_title=["Tonte", "Ménage"],
        lot_amount=["beaucoup", "40 k€"], lot_reserved=["", ""], lot_cpv=["", ""],
    )  # fmt: skip
    answer = desk.post(OPENING, data=sent)
    page = read(answer, 422)
    assert "Lot 1 : nombre attendu" in page.words
    assert "open" in page.all("details")[-2]
    assert PageForm(answer.text, OPENING).values["lot_title"][:2] == ["Tonte", "Ménage"]
    more = desk.post(OPENING, data={**sent, "acte": "lots"})
    assert len(PageForm(more.text, OPENING).values["lot_title"]) == 7
    assert not stored(doors, "Lots faux")


def test_a_correction_of_a_lot_keeps_the_others_and_their_ids(desk: TestClient, doors: Doors) -> None:
    address = add_opening(desk, "À corriger bientôt") + "/corriger"
    (opening,) = stored(doors, "À corriger bientôt")
    with reading(doors.engine) as session:
        before = {lot.number: lot.id for lot in session.exec(select(Lot).where(Lot.opportunity_id == opening.id))}
    form = PageForm(desk.get(address).text, address)
    unchanged = desk.post(address, data=form.values)
    assert unchanged.headers["location"].endswith("?fait=inchange"), form.values
    changed = form.with_(lot_title=["Tonte et taille", "Ménage", "Vitres", ""], deadline="2099-12-20")
    answer = desk.post(address, data=changed)
    assert answer.status_code == 303, Outline(answer.text).words[:1500]
    with reading(doors.engine) as session:
        after = {lot.number: lot.id for lot in session.exec(select(Lot).where(Lot.opportunity_id == opening.id))}
        kept = session.exec(select(Lot).where(Lot.id == before["1"])).one()
    assert before.items() <= after.items()
    assert (kept.title, kept.cpv, kept.amount_eur) == ("Tonte et taille", ["77310000"], 45_000)
    assert set(after) == {"1", "2", "3"}


def test_a_takeover_case_is_filled_from_the_tables_alone_and_is_confidential(desk: TestClient, doors: Doors) -> None:
    with reading(doors.engine) as session:
        actor = session.get_one(Actor, GARDENERS)
    sent = PageForm(desk.get(CASE).text, CASE).with_(acte="completer", takeover__holder_siren="000179267")
    answer = desk.post(CASE, data=sent)
    assert "Aucun service public n’a été interrogé" in read(answer).words
    form = PageForm(answer.text, CASE)
    assert form.values["title"] == [f"Reprise de {actor.name}"]
    saved = desk.post(CASE, data=form.with_(acte="distinct", takeover__cause="retirement", title="Reprise essayée"))
    assert saved.status_code == 303, Outline(saved.text).words[:1500]
    (case,) = stored(doors, "Reprise essayée")
    with reading(doors.engine) as session:
        facts = session.get_one(TakeoverCase, case.id)
    assert (case.kind, case.confidential, case.commune_code) == ("takeover", True, actor.commune_code)
    assert (facts.cause, facts.holder_siren, facts.headcount) == ("retirement", "000179267", actor.headcount)
    again = desk.post(CASE, data=sent)
    assert "même entreprise (SIREN)" in read(again).words
    own = f"/opportunites/{case.id}/corriger"
    corrected = PageForm(desk.get(own).text, own).with_(takeover__price_min_eur="10", takeover__price_max_eur="5")
    assert "prix minimal dépasse" in read(desk.post(own, data=corrected), 422).words


def test_a_near_title_at_the_same_place_is_shown_first(desk: TestClient) -> None:
    add_opening(desk, "Nettoyage des vitres du collège")
    sent = PageForm(desk.get(OPENING).text, OPENING).with_(
        acte="enregistrer", title="Nettoyage des vitres au collège", place="Crest"
    )
    assert "nom proche, même commune" in read(desk.post(OPENING, data=sent), 409).words
