"""Pictures of figures: a Vega-Lite specification is drawn as SVG by vl-convert, without a browser and without network.

What is drawn holds no script, no style and no identifier, so that it may stand in a page under our policy; its colours
are attributes, hence may be variables of the stylesheet. The same specification gives the same bytes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from api.core.french import NARROW, NBSP

# Of Vega-Lite, among those that vl-convert holds.
VERSION = "6.1"
_LOCALE = {"decimal": ",", "thousands": NARROW, "grouping": [3], "currency": ["", f"{NBSP}€"], "minus": "−"}
# A page shows a few, for some years and filters.
_MOST_KEPT = 64


@dataclass(frozen=True)
class Colours:
    """Colours of a picture. ground: None lets show what is behind. marks: told apart by all eyes, and in grey."""

    ink: str
    quiet: str
    line: str
    ground: str | None
    marks: tuple[str, ...]


# For a file, on white. Marks: Okabe and Ito 2008.
PAPER = Colours("#222222", "#555555", "#d9d9d9", "#ffffff", ("#0072B2", "#009E73", "#CC79A7", "#D55E00"))
# Within a page: the stylesheet says the colours, by light, in the dark and in print.
PAGE = Colours(
    *("var(--ink)", "var(--quiet)", "var(--track)"), None, tuple(f"var(--picture-{rank})" for rank in (1, 2, 3))
)


def draw(specification: Mapping[str, Any], *, alternative: str, colours: Colours) -> str:
    """Return an SVG element. alternative: what the picture shows, in a sentence, for who does not see it.

    specification: of Vega-Lite, with its data in it; an address in it is never asked. Raises ValueError where it is
    not one.
    """
    whole = {**specification, "background": colours.ground, "config": _config(colours)}
    drawn = _drawn(json.dumps(whole, ensure_ascii=False, sort_keys=True))
    return drawn.replace("<svg ", f'<svg role="img" aria-label={quoteattr(alternative)} ', 1)


@lru_cache(_MOST_KEPT)
def _drawn(specification: str) -> str:
    import vl_convert  # only here: its engine takes 0.4 s and 60 to 110 MB, which a process without pictures saves

    drawn: str = vl_convert.vegalite_to_svg(
        specification, vl_version=VERSION, allowed_base_urls=[], format_locale=_LOCALE
    )
    return re.sub(r"<[^<>]*>", _plainer, drawn)


def _plainer(tag: re.Match[str]) -> str:
    """Return a tag without a role of its own: the picture is one thing, which its alternative says.

    Coordinates are to a hundredth: the last bits of a mean do not change the picture.
    """
    without_role = re.sub(r' (?:role|aria-roledescription)="[^"]*"', "", tag[0])
    return re.sub(r"\d+\.\d{3,}", lambda value: f"{float(value[0]):.2f}".rstrip("0").rstrip("."), without_role)


def _config(colours: Colours) -> dict[str, Any]:
    words = {"labelColor": colours.ink, "titleColor": colours.ink, "labelFontSize": 12, "titleFontSize": 12}
    words |= {"titleFontWeight": "normal", "labelLimit": 300}
    return {
        # The element itself says what it shows; the parts would say it again, in English.
        "aria": False,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": words | {"gridColor": colours.line, "domainColor": colours.quiet, "tickColor": colours.quiet},
        "legend": words | {"symbolStrokeWidth": 2.5, "symbolOpacity": 1},
        "header": words | {"labelFontWeight": "bold"},
        "mark": {"color": colours.marks[0]},
        "text": {"color": colours.ink, "fontSize": 12},
        "title": {"color": colours.ink, "subtitleColor": colours.quiet, "anchor": "start"},
        "range": {"category": list(colours.marks)},
    }
