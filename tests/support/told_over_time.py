"""Cases that are told of again and again while the desk grows and the cases are edited, withdrawn and told again.

`candidates` is the attack: it knows the rules, every line that was told of a case, and every public establishment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from api.confidentiality.crowd import K_ANONYMITY, Description
from api.confidentiality.facts import Facts, facts_of
from api.confidentiality.teaser import Teasers
from api.confidentiality.told_lines import ToldLine

HOME = ("26", "07")
NAF = ("43.32A", "43.32B", "43.91A", "81.30Z", "10.71C", "43.32", "99.99Z", None)
COMMUNES = {"26": ("26362", "26113"), "07": ("07010", "07186"), "38": ("38185",), None: (None,)}
NAMES = {code: code for codes in COMMUNES.values() for code in codes if code}


@dataclass(frozen=True)
class Row:
    """What a public actor is, as far as it counts."""

    id: str
    naf: list[dict[str, str]]
    department: str | None
    commune_code: str | None
    headcount: int | None
    siret: str | None = None
    headcount_band: str | None = None


@dataclass(frozen=True)
class Moment:
    """What happened since the moment before. arrivals: new establishments; edited: new facts of the case, if any.

    shown: outsiders can see the case; else it is withdrawn.
    """

    arrivals: tuple[Row, ...]
    edited: Facts | None
    shown: bool


@dataclass(frozen=True)
class Telling:
    """A moment at which a case could be read. before: the last line that was told until then."""

    teasers: Teasers
    before: ToldLine | None
    line: ToldLine


def row(number: int, facts: Facts) -> Row:
    naf = [{"code": facts.naf}] if facts.naf else []
    return Row(f"{number:05}", naf, facts.department, facts.commune, facts.headcount)


@st.composite
def random_facts(draw: st.DrawFn) -> Facts:
    department = draw(st.sampled_from(tuple(COMMUNES)))
    commune = draw(st.sampled_from(COMMUNES[department]))
    heads = draw(st.none() | st.sampled_from((0, 1, 4, 6, 12, 30, 250)))
    return Facts(draw(st.sampled_from(NAF)), commune, department, heads)


@st.composite
def random_rows(draw: st.DrawFn, *, most_sorts: int = 8) -> list[Row]:
    """Draw establishments of a few sorts, some of them many."""
    sorts = draw(st.lists(st.tuples(random_facts(), st.integers(1, 25)), max_size=most_sorts))
    return [row(number, facts) for number, facts in enumerate(facts for facts, times in sorts for _ in range(times))]


@st.composite
def random_histories(draw: st.DrawFn) -> list[Moment]:
    """Draw what happens to a growing desk; the case is told of at the first moment."""
    moments: list[Moment] = []
    count = 0
    for number in range(draw(st.integers(2, 5))):
        arrivals = tuple(
            replace(arrival, id=f"{count + position:05}")
            for position, arrival in enumerate(draw(random_rows(most_sorts=5)))
        )
        count += len(arrivals)
        edited = draw(st.none() | random_facts()) if number else None
        moments.append(Moment(arrivals, edited, shown=number == 0 or draw(st.booleans())))
    return moments


def tell(case: Facts, moments: Sequence[Moment]) -> tuple[list[Telling], list[Row]]:
    """Return each telling of a case, and the establishments that are public in the end."""
    known: list[Row] = []
    tellings: list[Telling] = []
    last_line: ToldLine | None = None
    for moment in moments:
        known += moment.arrivals
        case = moment.edited or case
        if moment.shown:
            teasers = Teasers(known, HOME)
            line = teasers.of(case, NAMES, last_line).line
            tellings.append(Telling(teasers, last_line, line))
            last_line = line
    return tellings, known


def candidates(tellings: Sequence[Telling], known: Sequence[Row]) -> int:
    """Return how many establishments would have read the same at every telling."""
    return sum(
        all(
            telling.teasers.of(facts_of(establishment, establishment.headcount), NAMES, telling.before).text
            == telling.line.text
            for telling in tellings
        )
        for establishment in known
    )


def at_least_ten_fit_all_lines(case: Facts, moments: list[Moment]) -> None:
    """Raise AssertionError where the lines of a case tell, together, more than a single one may."""
    tellings, known = tell(case, moments)
    first, last = tellings[0].line.cell, tellings[-1].line.cell
    at_home = sum(establishment.department in HOME for establishment in moments[0].arrivals)
    if first.description == Description():
        assert last == first, "a case elsewhere is never told more precisely"
    elif at_home < K_ANONYMITY and last == first:
        assert first.description.activity == first.description.size == ("", "")
    else:
        assert candidates(tellings, known) >= K_ANONYMITY
