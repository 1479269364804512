"""Contracts won elsewhere never give an answer away, and change nothing else of the index."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.references import NEAR_DUPLICATE, Reference, ReferencedActors
from matcher.index import ActorIndex
from matcher.lexical import analyse
from tests.support.builders import an_actor, an_opportunity, few, toy_encode
from tests.support.sameness import same

TITLES = (
    "Entretien des espaces verts",
    "Entretien des espaces verts de la commune",
    "Entretien des espaces verts, tonte et fauchage",
    "Nettoyage de locaux scolaires",
    "Nettoyage des locaux",
    "Menuiserie bois",
    "",
)
DEPARTMENTS = ("26", "07", "38", None)
titles, departments = st.sampled_from(TITLES), st.sampled_from(DEPARTMENTS)
references = st.lists(st.builds(Reference, titles, departments), max_size=4)
worlds = st.tuples(
    st.dictionaries(st.sampled_from(("a1", "a2", "a3", "unknown")), references),
    st.lists(st.tuples(titles, departments), min_size=1, max_size=5),
)


def alike(title: str, other: str) -> float:
    stems, others = set(analyse(title)), set(analyse(other))
    return len(stems & others) / len(stems | others) if stems | others else 1


@few
@given(worlds)
def test_no_reference_of_the_querys_department_nor_of_nearly_its_title(
    world: tuple[dict[str, list[Reference]], list[tuple[str, str | None]]],
) -> None:
    """What is left is all that is fair, in an index equal bit for bit to one that was built anew with it."""
    won, asked = world
    actors = [an_actor(f"a{i}", activities=("espaces verts",)) for i in range(1, 4)]
    queries = [
        an_opportunity(f"o{i}", title=title, department=department) for i, (title, department) in enumerate(asked)
    ]
    referenced = ReferencedActors(actors, won, queries, toy_encode)
    for query in queries:
        of_department = [title for title, department in asked if department == query.department]
        fair = {
            actor.id: tuple(
                dict.fromkeys(
                    reference.title
                    for reference in won.get(actor.id, ())
                    if reference.department not in (None, query.department)
                    and all(alike(reference.title, title) < NEAR_DUPLICATE for title in of_department)
                )
            )
            for actor in actors
        }
        index = referenced.fair_to(query)
        assert {actor.id: actor.references for actor in index.actors} == fair
        anew = [replace(actor, references=fair[actor.id]) for actor in actors]
        assert same(index, ActorIndex.build(anew, toy_encode))


def test_titles_of_other_departments_do_not_count_as_duplicates() -> None:
    """The same words elsewhere are what a reference is for."""
    actor = an_actor("a1")
    queries = [
        an_opportunity("o1", title="Tonte des pelouses", department="26"),
        an_opportunity("o2", title="Menuiserie bois", department="07"),
    ]
    won = {"a1": [Reference("Tonte des pelouses", "38")]}
    referenced = ReferencedActors([actor], won, queries, toy_encode)
    assert [referenced.fair_to(query).actors[0].references for query in queries] == [(), ("Tonte des pelouses",)]
