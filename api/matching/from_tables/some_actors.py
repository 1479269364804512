"""Some actors as the desk would have them: with the members that they carry, without those that are another."""

from collections.abc import Collection, Iterable

from sqlmodel import Session

from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.matching.content import Content, make_content
from api.matching.from_tables import queries
from api.matching.queries import hidden_as_duplicates, memberships_among
from api.matching.reading import read_some
from matcher.types import Actor


def gazetteer_of(session: Session) -> Gazetteer:
    """Return the places of this database."""
    return Gazetteer(place_queries.all_communes(session), place_queries.all_former_communes(session))


def actors_of(session: Session, gazetteer: Gazetteer, ids: Collection[str]) -> list[Actor]:
    """Return those of some actors that stand on the desk, by id."""
    wanted = set(ids)
    content = content_of(session, gazetteer, wanted)
    return [actor for actor_id, actor in content.actors.items() if actor_id in wanted]


def content_of(session: Session, gazetteer: Gazetteer, ids: Collection[str]) -> Content:
    """Return the content that some actors make, with those that they carry or stand for."""
    # Without opportunities there are no cases, hence no teasers: which départements are served plays no part.
    return make_content(read_some(session, gazetteer, _related(session, ids)), ())


def texts_of(session: Session, gazetteer: Gazetteer, ids: Collection[str]) -> set[str]:
    """Return the texts of which some actors, and those that they carry or stand for, need vectors."""
    records = read_some(session, gazetteer, _related(session, ids))
    return {text for record in records.actors.values() for text in record.texts}


def affected_actors(session: Session, changed: Iterable[str]) -> set[str]:
    """Return the actors that a change of some actors may change: themselves, doubles of them, and their carriers."""
    both = _with_doubles(session, set(changed))
    return _with_doubles(session, both | queries.carriers_of(session, both))


def _related(session: Session, ids: Collection[str]) -> set[str]:
    """Return actors with their doubles, and the members of any of these with theirs."""
    both = _with_doubles(session, set(ids))
    members = {membership.member_id for membership in memberships_among(session, both)}
    return both | _with_doubles(session, members)


def _with_doubles(session: Session, ids: set[str]) -> set[str]:
    pairs = hidden_as_duplicates(session).items()
    return ids | {row_id for pair in pairs if not ids.isdisjoint(pair) for row_id in pair}
