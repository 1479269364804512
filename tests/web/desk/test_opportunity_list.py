"""The list of opportunities: what it is narrowed to, in which order, how many leads each has, and its file."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import col, select

from api.accounts.audience import Audience
from api.core.clock import today_in_france
from api.matching.leads import LeadCounts
from matcher.sections import FLOORS, Section
from models.database import reading
from models.tables import AuditEntry
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import Doors, demo_opportunity

OPENING = demo_opportunity("m001")
TODAY = today_in_france()


def added(doors: Doors, title: str, **fields: Any) -> str:
    answer = doors.facilitator.post("/api/opportunities", json={"source_id": title, "title": title, **fields})
    assert answer.status_code == 201, answer.text
    opportunity_id: str = answer.json()["id"]
    return opportunity_id


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    soon = {"department": "26", "commune_name": "Crest", "postcode": "26400"}
    added(doors, "Haies du lycée", buyer_name="Région Essai", amount_eur=45_000, published_on=str(TODAY), **soon)
    added(doors, "Draps du foyer", buyer_name="Foyer Éxemple", amount_eur=9_000, deadline=str(TODAY + timedelta(5)))
    added(doors, "Toits du hameau", deadline=str(TODAY + timedelta(25)), reserved=["siae"], axis=3)
    added(
        doors, "Repas des écoles", deadline=str(TODAY + timedelta(20)),
        lots=[
            {"number": "1", "title": "Nord", "amount_eur": 1_000}, {"number": "2", "title": "Sud", "amount_eur": 2_500},
        ],
    )  # fmt: skip
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def page(desk: TestClient, **filters: str) -> Outline:
    answer = desk.get("/opportunites", params=filters)
    assert answer.status_code == 200, answer.text[:500]
    return Outline(answer.text)


def table(desk: TestClient, **filters: str) -> list[dict[str, Any]]:
    """Return the whole list, as its file has it."""
    answer = desk.get("/opportunites.csv", params=filters)
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def links(outline: Outline) -> list[str]:
    return [link["href"] or "" for link in outline.all("a") if "href" in link]


def titles(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["Intitulé"] for row in rows]


@pytest.mark.parametrize(
    ("filters", "inside", "outside"),
    [
        ({"acheteur": "foyer exemple"}, "Draps du foyer", "Haies du lycée"),
        ({"montant_min": "40 k€", "montant_max": "45.000 €"}, "Haies du lycée", "Draps du foyer"),
        ({"montant_max": "3 500"}, "Repas des écoles", "Draps du foyer"),
        ({"echeance": "7"}, "Draps du foyer", "Toits du hameau"),
        ({"echeance": "30", "du": str(TODAY + timedelta(21))}, "Toits du hameau", "Draps du foyer"),
        ({"au": f"{TODAY + timedelta(5):%d/%m/%Y}"}, "Draps du foyer", "Haies du lycée"),
        ({"publie": str(TODAY)}, "Haies du lycée", "Draps du foyer"),
        ({"reserve": "oui"}, "Toits du hameau", "Draps du foyer"),
        ({"reserve": "siae"}, "Toits du hameau", "Draps du foyer"),
        ({"reserve": "non"}, "Draps du foyer", "Toits du hameau"),
        ({"axe": "3"}, "Toits du hameau", "Draps du foyer"),
        ({"certitude": "confirme"}, "Toits du hameau", "Draps du foyer"),
        ({"certitude": "suppose"}, "Draps du foyer", "Toits du hameau"),
        ({"lieu": "Crest", "rayon": "10"}, "Haies du lycée", "Draps du foyer"),
        ({"departement": "26"}, "Haies du lycée", "Draps du foyer"),
        ({"nouveau": "oui", "texte": "hameau"}, "Toits du hameau", "Draps du foyer"),
        ({"suivi": "personne"}, "Toits du hameau", ""),
        ({"type": "market"}, "Toits du hameau", ""),
    ],
)
def test_a_filter_leaves_what_fits_it_and_takes_away_the_rest(
    desk: TestClient, filters: dict[str, str], inside: str, outside: str
) -> None:
    listed = titles(table(desk, **filters))
    assert inside in listed
    assert outside not in listed
    assert len(listed) <= len(table(desk))


def test_what_is_followed_is_told_from_what_is_not_and_by_whom(desk: TestClient, doors: Doors) -> None:
    form = page_of(desk, OPENING)
    suggestion = form.all("input", name="suggestion")[0]["value"]
    assert desk.post("/dossiers", data={"suggestion": suggestion}).status_code == 200
    (title,) = titles(table(desk, suivi="moi"))
    assert titles(table(desk, suivi="quelqu_un")) == [title]
    assert title not in titles(table(desk, suivi="personne"))
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as other:
        assert table(other, suivi="moi") == []
        assert titles(table(other, suivi="quelqu_un")) == [title]


def page_of(desk: TestClient, opportunity_id: str) -> Outline:
    return Outline(desk.get(f"/opportunites/{opportunity_id}").text)


@pytest.mark.parametrize("column", ["Montant (€)", "Publiée le", "Échéance", "Acheteur"])
def test_a_column_sorts_both_ways_and_what_is_unknown_comes_last(desk: TestClient, column: str) -> None:
    order = {"Montant (€)": "montant", "Publiée le": "publication", "Échéance": "echeance", "Acheteur": "acheteur"}
    one_way, other_way = ([row[column] for row in table(desk, tri=tri)] for tri in (order[column], f"-{order[column]}"))
    known = [value for value in one_way if value]
    assert one_way == known + [""] * (len(one_way) - len(known))
    assert len(set(known)) > 1
    if column == "Montant (€)":
        assert known == sorted(known, key=float, reverse=True)
    elif column != "Acheteur":
        assert known == sorted(known, reverse=order[column] == "publication")
    assert [value for value in other_way if value] == known[::-1]
    assert other_way[len(known) :] == one_way[len(known) :]


def test_a_heading_sorts_then_turns_round_and_says_which_way_it_is(desk: TestClient) -> None:
    first = page(desk, texte="e")
    (link,) = [href for href in links(first) if "tri=montant" in href]
    assert "texte=e" in link
    sorted_page = Outline(desk.get(link).text)
    assert [th["aria-sort"] for th in sorted_page.all("th") if "aria-sort" in th] == ["descending"]
    assert any("tri=-montant" in href for href in links(sorted_page))
    assert [th["aria-sort"] for th in first.all("th") if "aria-sort" in th] == ["ascending"]


def test_what_cannot_be_read_is_said_beside_its_field_and_nothing_typed_is_lost(desk: TestClient) -> None:
    outline = page(desk, lieu="Nulleparville", montant_min="beaucoup", du="bientôt", acheteur="Foyer")
    for name, value in (("lieu", "Nulleparville"), ("montant_min", "beaucoup"), ("du", "bientôt")):
        assert outline.all("input", name=name, value=value, **{"aria-invalid": "true"})
        assert outline.all("p", id=f"{name}-erreur")
    # A browser's field of a day would drop what is none.
    assert outline.all("input", name="du", type="text")
    assert page(desk, du="31/12/2026").all("input", name="du", type="date", value="2026-12-31")
    assert outline.all("input", name="acheteur", value="Foyer")
    # A filter that is folded away is not hidden while it acts.
    assert outline.all("details")[0].keys() >= {"open"}


@pytest.mark.parametrize(
    "name", ["type", "tri", "suivi", "reserve", "echeance", "axe", "certitude", "nouveau", "rayon"]
)
def test_a_value_that_nobody_offers_filters_nothing(desk: TestClient, name: str) -> None:
    assert table(desk, **{name: "-autre"}) == table(desk)


def test_the_page_shows_buyer_amount_and_days_and_the_count_of_leads(desk: TestClient) -> None:
    words = page(desk, texte="draps du foyer").words.replace("\N{NO-BREAK SPACE}", " ")
    assert "Foyer Éxemple" in words
    assert "9 k€" in words
    assert re.search(r"\d+ pistes?", words)


def test_the_count_of_leads_is_that_of_the_ranking(doors: Doors) -> None:
    """For an opportunity without lots: as many as stand in its list at « bonne piste » or better."""
    snapshot, audience = doors.app.state.desk.snapshot(), Audience(confidential=True)
    rows = [row for row in snapshot.open_opportunities if not row.lots]
    counts = LeadCounts().counted(snapshot, rows, audience, TODAY)
    assert counts.keys() == {row.id for row in rows}
    assert len(set(counts.values())) > 2
    for row in rows[::12]:
        (ranking,) = doors.ask({"opportunity_id": row.id, "k": 100})
        good = [entry for entry in ranking["suggestions"] if entry["score"] >= FLOORS[Section.GOOD_LEAD]]
        assert counts[row.id] == len(good), row.title


def test_of_a_large_desk_a_few_are_counted_at_once_and_many_aside(doors: Doors) -> None:
    snapshot, audience = doors.app.state.desk.snapshot(), Audience(confidential=True)
    rows = [row for row in snapshot.open_opportunities if not row.lots][:5]
    exact = LeadCounts().counted(snapshot, rows, audience, TODAY)
    counts = LeadCounts(most_pairs=2 * len(snapshot.actors), pause_s=0)
    assert counts.counted(snapshot, rows[:2], audience, TODAY).items() == dict(list(exact.items())[:2]).items()
    assert counts.counted(snapshot, rows, audience, TODAY).keys() == {row.id for row in rows[:2]}
    counts.drain()
    assert counts.counted(snapshot, rows, audience, TODAY) == exact
    counts.close()


def test_until_a_count_is_brought_up_to_date_the_former_is_shown_to_the_house_alone(doors: Doors) -> None:
    snapshot, tomorrow = doors.app.state.desk.snapshot(), TODAY + timedelta(days=1)
    rows = [row for row in snapshot.open_opportunities if not row.lots][:5]
    counts = LeadCounts(most_pairs=0, pause_s=0)
    for audience in (Audience(confidential=True), Audience()):
        counts.counted(snapshot, rows, audience, TODAY)
        counts.drain()
        assert len(counts.counted(snapshot, rows, audience, TODAY)) == 5
        newer = counts.counted(snapshot, rows, audience, tomorrow)
        assert len(newer) == (5 if audience.confidential else 0)
        counts.drain()
        exact = LeadCounts().counted(snapshot, rows, audience, tomorrow)
        assert counts.counted(snapshot, rows, audience, tomorrow) == exact
    counts.close()


def test_an_outsiders_count_holds_no_confidential_actor(doors: Doors) -> None:
    snapshot = doors.app.state.desk.snapshot()
    rows = [row for row in snapshot.open_opportunities if not row.confidential][:20]
    public = {actor.id for actor, seen in zip(snapshot.actors.actors, snapshot.public_actors, strict=True) if seen}
    outside = LeadCounts().counted(snapshot, rows, Audience(), TODAY)
    for row in rows:
        above = {
            actor_id
            for position in row.positions
            for actor_id in snapshot.matcher.actors_above(
                snapshot.opportunities.row(position), snapshot.actors, today=TODAY, least=0.45,
                among=snapshot.public_actors,
            )
        }  # fmt: skip
        assert above <= public
        assert outside[row.id] == len(above)


def test_the_list_is_downloaded_as_it_is_narrowed_and_that_is_in_the_journal(desk: TestClient, doors: Doors) -> None:
    answer = desk.get("/opportunites.xlsx", params={"acheteur": "foyer exemple"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Intitulé", "Draps du foyer"]
    assert rows[1][6] == 9_000
    with reading(doors.engine) as session:
        entries = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "list.exported")).all()
    assert "foyer" not in "".join(entry.detail for entry in entries).lower()
    assert entries
    assert desk.get("/opportunites.pdf").status_code == 404


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_are_refused_in_words(desk: TestClient, day: date) -> None:
    assert "Écrivez une date entre 2000 et 2200." in page(desk, du=day.isoformat()).words
