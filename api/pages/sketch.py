"""A sketch of where things are: points of communes as an inline SVG, made here. The list beside it says the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.types import Point

WIDTH, HEIGHT, MARGIN = 480, 300, 44
# Marks nearer than this, in units of the drawing, are drawn as one.
TOGETHER = 20
KM_PER_DEGREE = 111.2
SMALLEST_KM = 8.0
SCALES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass
class Mark:
    """One mark: where, the ranks that stand there, and how the place is called (empty where the name would overlap)."""

    x: float
    y: float
    ranks: list[int]
    label: str
    names: list[str]

    @property
    def text(self) -> str:
        return ", ".join(map(str, self.ranks))

    @property
    def half(self) -> float:
        """Half of its width."""
        return round(max(10, 7 + 2.9 * len(self.text)), 1)


@dataclass(frozen=True)
class Sketch:
    """A drawing. `target` is the opportunity; `bar` is (length in units, kilometres)."""

    target: Mark | None
    marks: Sequence[Mark]
    bar: tuple[float, int]
    width: int = WIDTH
    height: int = HEIGHT


def sketch(target: tuple[Point, str] | None, others: Sequence[tuple[Point, int, str]]) -> Sketch | None:
    """Draw an opportunity and ranked actors, each with its place's name; None where there is not enough to place.

    Only exact places are drawn: the middle of a département would be a false one.
    """
    places = [one for one in others if one[0].exact]
    if not places or len(places) + bool(target and target[0].exact) < 2:
        return None
    points = [one[0] for one in places] + ([target[0]] if target and target[0].exact else [])
    north, south = max(p.lat for p in points), min(p.lat for p in points)
    east, west = max(p.lon for p in points), min(p.lon for p in points)
    shrink = math.cos(math.radians((north + south) / 2)) * KM_PER_DEGREE
    wide = max((east - west) * shrink, SMALLEST_KM)
    high = max((north - south) * KM_PER_DEGREE, SMALLEST_KM * HEIGHT / WIDTH)
    unit = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)

    def put(point: Point) -> tuple[float, float]:
        x = WIDTH / 2 + (point.lon - (east + west) / 2) * shrink * unit
        y = HEIGHT / 2 - (point.lat - (north + south) / 2) * KM_PER_DEGREE * unit
        return round(x, 1), round(y, 1)

    aim = Mark(*put(target[0]), [], target[1], [target[1]]) if target and target[0].exact else None
    marks: list[Mark] = []
    for point, rank, name in places:
        x, y = put(point)
        near = next((one for one in marks if math.hypot(one.x - x, one.y - y) < TOGETHER), None)
        if near:
            near.ranks.append(rank)
            near.names += [name] if name not in near.names else []
        else:
            marks.append(Mark(x, y, [rank], name, [name]))
    _name(aim, marks)
    kilometres = max(one for one in SCALES if one == 1 or one * unit <= WIDTH / 4)
    return Sketch(aim, marks, (round(kilometres * unit, 1), kilometres))


def _name(aim: Mark | None, marks: Sequence[Mark]) -> None:
    """Leave out the names that would lie over others or over a mark, and those of the opportunity's own place."""
    boxes = [(one.x - one.half, one.y - 10, one.x + one.half, one.y + 10) for one in marks]
    if aim:
        boxes.append((aim.x - 17, aim.y - 17, aim.x + 17, aim.y + 17))
    for one in ([aim] if aim else []) + list(marks):
        half, below = 3.6 * len(one.label), 19 if one is aim else 12
        box = (one.x - half, one.y + below, one.x + half, one.y + below + 14)
        inside = box[0] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT - 26
        said = aim is not None and one is not aim and one.label == aim.label
        if inside and not said and not any(_overlap(box, other) for other in boxes):
            boxes.append(box)
        else:
            one.label = ""


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
