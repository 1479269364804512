"""« Reprises à venir »: companies whose owner may soon hand over, by territory and trade, as a map and tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.responses import Response

from api.catalogue.activities import division_name, section_name
from api.catalogue.places.intercommunalities import intercommunality_names
from api.core.french import NBSP, day, number, plural
from api.open_data.handovers.counting import MANY_EMPLOYEES, OLD_YEARS
from api.open_data.handovers.grouping import LEAST
from api.open_data.handovers.report import Figures, day_of_report, figures_of, shown_groups
from api.open_data.sources.handovers import SENIOR_YEARS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.list_files import ListFileDep
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.visitors import VisitorDep
from models.handovers import HandoverGroup

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

ELSEWHERE = "reste des deux départements"
OTHER_TRADES = "autres métiers"
# The shades of the map: lower bounds of the share, in percent.
SHADES = (0, 20, 30, 40)
Choices = Sequence[tuple[str, str]]
COLUMNS = (
    "Entreprises",
    f"Dirigeant de {SENIOR_YEARS} ans ou plus",
    "Part",
    f"{OLD_YEARS} ans d’existence ou plus",
    f"{MANY_EMPLOYEES} salariés ou plus",
)


@dataclass(frozen=True)
class AreaMap:
    """What the map's script reads: by code of an intercommunality, its shade (a place in `SHADES`) and its words."""

    areas: Mapping[str, Mapping[str, Any]]

    def drawn(self) -> dict[str, Any]:
        return {"areas": self.areas}


@dataclass(frozen=True)
class HandoversView:
    """The figures in words. rows: name, figures. chosen: the territory and the trade of the address."""

    day_words: str
    summary: str
    rule: Mapping[str, int]
    territories: Choices
    trades: Choices
    chosen: Mapping[str, str]
    query: str
    scope: str
    columns: Sequence[str]
    by_territory: Sequence[tuple[str, Sequence[str]]]
    by_trade: Sequence[tuple[str, Sequence[str]]]
    legend: Sequence[tuple[int, str]]
    map: AreaMap | None


@dataclass(frozen=True)
class AskedFigures:
    """The figures that an address asks for. total: None where they are too small to be shown."""

    territories: Choices
    trades: Choices
    chosen: Mapping[str, str]
    by_territory: Mapping[str, Figures]
    by_trade: Mapping[tuple[int, str], Figures]
    total: Figures | None

    def territory_rows(self) -> list[tuple[str, Figures]]:
        names = intercommunality_names()
        rows = sorted(self.by_territory.items(), key=lambda row: (not row[0], -row[1].seniors, row[0]))
        return [(names.get(code, ELSEWHERE), figures) for code, figures in rows]

    def trade_rows(self) -> list[tuple[str, Figures]]:
        rows = sorted(self.by_trade.items(), key=lambda row: (not row[0][0], row[0][0], not row[0][1], row[0][1]))
        return [(_trade(*trade), figures) for trade, figures in rows]


def _asked(
    unit: UnitDep,
    territoire: Annotated[str, Query(max_length=20)] = "",
    metier: Annotated[str, Query(max_length=20)] = "",
) -> AskedFigures:
    groups, names = shown_groups(unit.session), intercommunality_names()
    territories = sorted(
        ((code, names[code]) for code in {group.territory for group in groups} if code in names),
        key=lambda choice: choice[1],
    )
    trades = [(str(section), _section(section)) for section in sorted({group.section for group in groups} - {0})]
    chosen_territory = territoire if territoire in dict(territories) else ""
    chosen_trade = metier if metier in dict(trades) else ""
    in_trade = [group for group in groups if chosen_trade in ("", str(group.section))]
    in_territory = [group for group in groups if chosen_territory in ("", group.territory)]
    return AskedFigures(
        territories,
        trades,
        {"territoire": chosen_territory, "metier": chosen_trade},
        _sums((group.territory, group) for group in in_trade),
        _sums(((group.section, group.division), group) for group in in_territory),
        figures_of(group for group in in_trade if group in in_territory),
    )


AskedDep = Annotated[AskedFigures, Depends(_asked)]


@router.get("/reprises")
def handovers(visitor: VisitorDep, unit: UnitDep, asked: AskedDep) -> Response:
    complete_on = day_of_report(unit.session)
    chosen_places = (
        dict(asked.territories).get(asked.chosen["territoire"]),
        dict(asked.trades).get(asked.chosen["metier"]),
    )
    return desk_page(
        "reprises.html",
        visitor,
        "/opportunites",
        view=HandoversView(
            day_words=day(complete_on.isoformat()) if complete_on else "",
            summary=_summary(asked.total) if asked.total else "",
            rule={"least": LEAST, "years": SENIOR_YEARS},
            territories=asked.territories,
            trades=asked.trades,
            chosen=asked.chosen,
            query=urlencode({name: value for name, value in asked.chosen.items() if value}),
            scope=", ".join(words for words in chosen_places if words),
            columns=COLUMNS,
            by_territory=[(name, _cells(figures)) for name, figures in asked.territory_rows()],
            by_trade=[(name, _cells(figures)) for name, figures in asked.trade_rows()],
            legend=_legend(),
            map=AreaMap(_areas(asked.by_territory, intercommunality_names())) if asked.by_territory else None,
        ),
    )


@router.get("/reprises.{file_format}")
def handovers_as_file(file: ListFileDep, asked: AskedDep) -> Response:
    """Both tables of the page, one below the other."""
    rows = [
        (by, name, figures.companies, figures.seniors, round(100 * figures.share), figures.older, figures.larger)
        for by, lines in (("Territoire", asked.territory_rows()), ("Métier", asked.trade_rows()))
        for name, figures in lines
    ]
    return file.answer(
        "reprises-a-venir", ("Par", "Nom", *(f"{name} (%)" if name == "Part" else name for name in COLUMNS)), rows
    )


def _sums(keyed_groups: Iterable[tuple[Any, HandoverGroup]]) -> dict[Any, Figures]:
    groups_by_key: dict[Any, list[HandoverGroup]] = defaultdict(list)
    for key, group in keyed_groups:
        groups_by_key[key].append(group)
    return {key: figures for key, groups in groups_by_key.items() if (figures := figures_of(groups))}


def _areas(by_territory: Mapping[str, Figures], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    return {
        code: {"shade": _shade(figures), "words": f"{names[code]} : {_summary(figures)}"}
        for code, figures in by_territory.items()
        if code in names
    }


def _shade(figures: Figures) -> int:
    return max(place for place, least in enumerate(SHADES) if 100 * figures.share >= least)


def _legend() -> list[tuple[int, str]]:
    bounds = [*SHADES[1:], None]
    words = [
        f"moins de {bound}{NBSP}%" if place == 0 else f"{SHADES[place]} à {bound}{NBSP}%"
        for place, bound in enumerate(bounds)
        if bound
    ]
    return list(enumerate([*words, f"{SHADES[-1]}{NBSP}% et plus"]))


def _summary(figures: Figures) -> str:
    return (
        f"{plural(figures.companies, 'entreprise employeuse', 'entreprises employeuses')}, "
        f"dont {number(figures.seniors)} ({_percent(figures)}) ont un dirigeant de {SENIOR_YEARS}{NBSP}ans ou plus"
    )


def _percent(figures: Figures) -> str:
    return f"{number(round(100 * figures.share))}{NBSP}%"


def _cells(figures: Figures) -> list[str]:
    facts = (figures.older, figures.larger)
    return [
        number(figures.companies),
        number(figures.seniors),
        _percent(figures),
        *("–" if fact is None else number(fact) for fact in facts),
    ]


def _section(section: int) -> str:
    return section_name(f"{section:02}") or OTHER_TRADES


def _trade(section: int, division: str) -> str:
    if not section:
        return OTHER_TRADES
    if not division:
        return f"{_section(section)} (sans plus de précision)"
    return f"{_section(section)} : {division_name(division) or division}"
