"""What an actor lends, guarantees or brings: added, changed, removed; a wrong or a stale form keeps what was typed."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.database import reading
from models.tables import FinanceProduct
from tests.support.accounts import account, signed_in
from tests.support.page_forms import PageForm
from tests.support.world import Doors, demo_actor
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

GARDENERS = demo_actor("a001", "00017926700026")
PAGE = f"/acteurs/{GARDENERS}/financements"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def stored(doors: Doors) -> list[FinanceProduct]:
    with reading(doors.engine) as session:
        return list(session.exec(select(FinanceProduct).where(FinanceProduct.actor_id == GARDENERS)))


def form_of(desk: TestClient, address: str = PAGE) -> PageForm:
    return PageForm(desk.get(address).text, PAGE)


def test_a_product_is_added_changed_and_removed_and_ranks_at_once(desk: TestClient, doors: Doors) -> None:
    typed = form_of(desk).with_(name="Prêt relais", most_eur="15 000 €", most_heads="3", departments="26, 07")
    assert "Le financement est ajouté" in read(desk.post(PAGE, data=typed, follow_redirects=True)).words
    (product,) = stored(doors)
    assert (product.most_eur, product.most_heads, product.departments) == (15_000, 3, ["26", "07"])
    shown = read(desk.get(f"/acteurs/{GARDENERS}")).words
    assert "Prêt relais" in shown
    assert "jusqu’à 15 000 €, 3 salariés au plus" in shown.replace("\xa0", " ").replace("\u202f", " ")
    doors.settle()
    snapshot = doors.app.state.desk.snapshot()
    assert [one.name for one in snapshot.actor(GARDENERS, confidential=True).products] == ["Prêt relais"]

    changing = f"{PAGE}?produit={product.id}"
    first, late = form_of(desk, changing), form_of(desk, changing)
    assert "C’est enregistré" in read(desk.post(PAGE, data=first.with_(most_eur="20 000"))).words
    stale = read(desk.post(PAGE, data=late.with_(most_eur="18 000")), 409)
    assert "Enregistré entre-temps" in stale.words
    assert "18 000" in [one["value"] for one in stale.all("input", name="most_eur")]
    assert stored(doors)[0].most_eur == 20_000

    desk.post(PAGE, data={"produit": product.id, "acte": "retirer"})
    assert stored(doors) == []
    doors.settle()
    assert not doors.app.state.desk.snapshot().actor(GARDENERS, confidential=True).products


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(desk: TestClient, doors: Doors) -> None:
    wrong = form_of(desk).with_(name="", least_eur="beaucoup", most_eur="10 000", terms="Sur cinq ans")
    page = read(desk.post(PAGE, data=wrong), 422)
    assert "Rien n’est encore enregistré" in page.words
    assert "Nombre attendu" in page.words
    assert "Sur cinq ans" in page.words
    crossed = form_of(desk).with_(name="Prêt", least_eur="20 000", most_eur="10 000")
    assert "le minimum dépasse le maximum" in read(desk.post(PAGE, data=crossed), 422).words.lower()
    assert stored(doors) == []
