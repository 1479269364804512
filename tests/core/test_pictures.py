"""Pictures are drawn from their figures alone: no network, no script, no style, the same bytes."""

import re
from xml.etree import ElementTree

import pytest

from api.core import pictures

BARS = {
    "data": {"values": [{"name": "a < b & « c »", "count": 1234.5}, {"name": "d", "count": 2000}]},
    "mark": "bar",
    "encoding": {
        "y": {"field": "name", "type": "nominal", "title": None},
        "x": {"field": "count", "type": "quantitative", "axis": {"format": ",d"}},
    },
}


def bars(alternative: str = "Deux barres", colours: pictures.Colours = pictures.PAGE) -> str:
    return pictures.draw(BARS, alternative=alternative, colours=colours)


def test_a_picture_says_what_it_shows_and_writes_texts_as_texts() -> None:
    root = ElementTree.fromstring(bars('Barres : "1" < 2 & plus'))
    assert (root.get("role"), root.get("aria-label")) == ("img", 'Barres : "1" < 2 & plus')
    texts = {"".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")}
    # The parts have no role: a reader would name each, in English and without a word.
    assert not [
        part for part in root.iter() if part is not root and (part.get("role") or part.get("aria-roledescription"))
    ]
    assert texts >= {"a < b & « c »", "d", "1\u202f000"}


def test_a_picture_holds_nothing_that_a_strict_policy_forbids() -> None:
    """Colours of a page are variables in attributes; those of a file are colours."""
    drawn = bars()
    assert not re.search(
        r"<style|<script|<image|<foreignObject|\bstyle=|\bid=|\bon[a-z]+=|href=\"(?!http://www.w3)", drawn
    )
    assert "var(--picture-1)" in drawn
    assert "var(" not in bars(colours=pictures.PAPER)


def test_the_same_figures_give_the_same_bytes_in_any_order_of_the_keys() -> None:
    turned = dict(reversed(BARS.items()))
    pictures._drawn.cache_clear()
    first = bars()
    pictures._drawn.cache_clear()
    assert pictures.draw(turned, alternative="Deux barres", colours=pictures.PAGE) == first


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.json", "https://example.org/x.csv"])
def test_no_address_in_a_specification_is_asked(address: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        pictures.draw(BARS | {"data": {"url": address}}, alternative="", colours=pictures.PAGE)


def test_what_is_no_specification_is_refused() -> None:
    with pytest.raises(ValueError, match="conversion failed"):
        pictures.draw({"mark": "nonsense"}, alternative="", colours=pictures.PAPER)
