"""The index of the search follows the tables row by row, and is what it would be if it were built anew."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.search.keeping import SearchIndex
from models.base import identifier, utc_now
from models.database import reading, writing
from models.tables import Actor, DuplicateProposal, Lot, Opportunity


def actor(name: str, **fields: Any) -> Actor:
    known = {"kind": "scop", "source": "essai", "content_hash": "", "activities": ["maçonnerie"]}
    return Actor(id=identifier("actors", name), natural_key=name, name=name, **(known | fields))


def opening(title: str, **fields: Any) -> Opportunity:
    known = {"kind": "market", "source": "essai", "source_id": title, "content_hash": ""}
    return Opportunity(id=identifier("opportunities", title), natural_key=title, title=title, **(known | fields))


def content(index: SearchIndex, session: Session, gazetteer: Gazetteer) -> dict[str, set[str]]:
    """Return the words of each entry, by its id."""
    layered = index.current(session, gazetteer).words
    of_entry: dict[str, set[str]] = {}
    start = 0
    for layer in layered.layers:
        pairs, words = layer.pairs(), layer.vocabulary.texts()
        for word, entry in zip(pairs.words.tolist(), pairs.entries.tolist(), strict=True):
            if layered.shown[start + entry]:
                of_entry.setdefault(layered.id_of(start + entry), set()).add(words[word])
        start += len(layer.ids)
    return of_entry


def test_it_follows_every_change_of_a_row_and_equals_one_built_anew(engine: Engine) -> None:
    roof, wall, market = actor("Toits du Rhône", siret="12345678200010"), actor("Murs"), opening("Réfection du préau")
    ids = {"roof": roof.id, "wall": wall.id, "market": market.id}
    with writing(engine) as session:
        session.add_all([roof, wall, market])
    followed = SearchIndex()
    with reading(engine) as session:
        gazetteer = Gazetteer(place_queries.all_communes(session), place_queries.all_former_communes(session))
        assert {"toits", "12345678200010", "123456782", "maconnerie"} <= content(followed, session, gazetteer)[
            ids["roof"]
        ]

    def rename(session: Session) -> None:
        row = session.get(Actor, ids["roof"])
        assert row
        row.name, row.commune_code = "Ardoises", "26108"
        session.add(row)

    def add_lot(session: Session) -> None:
        session.add(Lot(id="l1", opportunity_id=ids["market"], number="1", title="Zinguerie"))

    def add_actor(session: Session) -> None:
        session.add(actor("Charpentes"))

    def archive(session: Session) -> None:
        row = session.get(Opportunity, ids["market"])
        assert row
        row.archived_at = utc_now()
        session.add(row)

    def hide(session: Session) -> None:
        session.add(
            DuplicateProposal(
                id="p1", kind="actors", first_id=ids["roof"], second_id=ids["wall"], hidden_id=ids["wall"],
                status="same", similarity=1.0, why={}, proposed_at=utc_now(), decided_by="",
            )
        )  # fmt: skip

    def remove(session: Session) -> None:
        session.delete(session.get(Actor, ids["roof"]))

    for change in (rename, add_lot, add_actor, archive, hide, remove):
        with writing(engine) as session:
            change(session)
        with reading(engine) as session:
            now = content(followed, session, gazetteer)
            assert now == content(SearchIndex(), session, gazetteer), change.__name__
        if change is rename:
            assert "toits" not in now[ids["roof"]]
            assert {"ardoises", "crest", "26400"} <= now[ids["roof"]]
        if change is add_lot:
            assert "zinguerie" in now[ids["market"]]
        if change is hide:
            assert ids["wall"] not in now
    assert ids["roof"] not in now
