"""An index with what changed above it is, for who searches, one index of what stands now."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.search.layers import LayeredIndex
from api.search.word_index import WordCollector, WordIndex
from tests.support.builders import few

IDS = st.text("abc0é", min_size=1, max_size=3)
WORDS = st.dictionaries(st.sampled_from(["toit", "tois", "toits", "1234", "12345"]), st.integers(0, 5), max_size=3)
ENTRIES = st.dictionaries(IDS, WORDS, max_size=6)


def index_of(entries: Mapping[str, Mapping[str, int]]) -> WordIndex:
    collector = WordCollector()
    for entry_id, worths in entries.items():
        collector.add(entry_id, worths)
    return collector.index()[0]


@few
@given(below=ENTRIES, above=ENTRIES, hidden=st.sets(IDS, max_size=2), asked=st.sampled_from(["toit", "1234", "toitz"]))
def test_it_equals_one_index_of_what_stands(
    below: dict[str, dict[str, int]], above: dict[str, dict[str, int]], hidden: set[str], asked: str
) -> None:
    layers = (index_of(below), index_of(above))
    ids = [raw.decode() for layer in layers for raw in layer.ids.tolist()]
    present = np.array([row >= len(below) or entry_id not in above for row, entry_id in enumerate(ids)], np.bool_)
    shown = present & np.array([entry_id not in hidden for entry_id in ids], np.bool_)
    layered = LayeredIndex(layers, present, shown)
    standing = LayeredIndex.of(index_of(below | above))
    rows = np.flatnonzero(present)
    in_order = rows[np.argsort(layered.by_id(rows), kind="stable")]
    assert [layered.id_of(row) for row in in_order] == sorted(below | above)
    (strength,), (expected,) = layered.strengths([asked]), standing.strengths([asked])
    assert strength[in_order].tolist() == np.where(shown[in_order], expected, 0).tolist()
    assert layered.rows_of(ids).tolist() == [
        next((other for other in np.flatnonzero(shown).tolist() if ids[other] == entry_id), -1) for entry_id in ids
    ]
    joined, was = layered.joined()
    assert [ids[row] for row in was.tolist()] == [raw.decode() for raw in joined.ids.tolist()] == sorted(below | above)
    assert LayeredIndex.of(joined).strengths([asked])[0].tolist() == expected.tolist()
