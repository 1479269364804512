"""Many actors from few: those of the invented world, their words mixed, their phrases' vectors mixed and perturbed.

Encoding half a million phrases takes half an hour. A mixed vector is that of an activity of the invented world, with
something of a name's and of noise, so that cosines keep a spread like that of real phrases; random vectors have none.
"""

import random
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from api.evaluation.evaluate import open_dataset
from api.evaluation.invented_world import FIXTURES
from matcher.columns import Encode
from matcher.embedding import Encoder, from_grid, to_grid
from matcher.geography import department_middle
from matcher.index import ActorIndex, OpportunityIndex
from matcher.nomenclature import naf_classes
from matcher.types import Actor, ActorKind, FloatArray, Point

# How much of a name's vector, and of noise, is added to an activity's, before the row is made a unit again.
NAME_SHARE, NOISE_SHARE = 0.35, 0.25
# More actors than this lie all over France.
HOME = 20_000
_CARRYING = (ActorKind.CAE, ActorKind.NETWORK)


def mixed_world(count: int, encoder: Encoder) -> tuple[ActorIndex, OpportunityIndex, date]:
    """Return `count` actors, the questions of the invented world, and its day. The same for the same count."""
    data = open_dataset(FIXTURES)
    encode = _mixing(data.actors, encoder)
    questions = OpportunityIndex.build(data.opportunities, lambda texts: from_grid(to_grid(encoder.encode(texts))))
    return ActorIndex.build(_actors(data.actors, count), encode), questions, data.today


def _actors(originals: Sequence[Actor], count: int) -> list[Actor]:
    rng = random.Random(0)
    trades = sorted({activity for actor in originals for activity in actor.activities})
    words = sorted({word for actor in originals for word in actor.name.split() if len(word) > 3})
    classes = list(naf_classes())
    departments = [code for code in (f"{number:02}" for number in range(1, 96)) if department_middle(code)]
    actors: list[Actor] = []
    for number in range(count):
        original = rng.choice(originals)
        place: dict[str, Any] = {} if count <= HOME else _place(rng, rng.choice(departments), original)
        members = rng.sample(actors, min(3, len(actors))) if original.kind in _CARRYING else []
        actors.append(
            replace(
                original,
                id=f"{number:08}",
                name=" ".join(rng.sample(words, 3)),
                activities=tuple(dict.fromkeys(rng.choices(trades, k=rng.randint(1, 3)))),
                naf=(rng.choice(classes),) if rng.random() < 0.5 else original.naf,
                informed_on=original.informed_on and original.informed_on - timedelta(days=rng.randint(0, 900)),
                members=tuple(member for member in members if member.kind not in _CARRYING),
                **place,
            )
        )
    return actors


def _place(rng: random.Random, department: str, original: Actor) -> dict[str, Any]:
    middle = department_middle(department)
    assert middle, "départements without a middle are not drawn"
    return {
        "department": department,
        "commune": None,
        "point": Point(round(middle.lat + rng.uniform(-0.4, 0.4), 2), round(middle.lon + rng.uniform(-0.5, 0.5), 2)),
        "area_departments": frozenset({department}) if original.area_departments else frozenset(),
        "area_communes": frozenset(),
    }


def _mixing(originals: Sequence[Actor], encoder: Encoder) -> Encode:
    """Return an encoder of mixed phrases « name : activity »."""
    activities = sorted({activity for actor in originals for activity in actor.activities})
    names = sorted({actor.name for actor in originals})
    codes = sorted({text for naf in naf_classes().values() for text in naf.phrases})
    rows = encoder.encode([*activities, *names, *codes])
    known = dict(zip([*activities, *names, *codes], rows, strict=True))
    of_names = rows[len(activities) : len(activities) + len(names)]

    def encode(texts: Sequence[str]) -> FloatArray:
        mixed = np.empty((len(texts), encoder.dim), np.float32)
        for row, text in enumerate(texts):
            name, _, activity = text.rpartition(" : ")
            number = zlib.crc32(text.encode())
            noise = np.random.default_rng(number).standard_normal(encoder.dim)
            trade = known.get(text, known.get(activity, of_names[number % len(names)]))
            named = of_names[zlib.crc32(name.encode()) % len(names)]
            mixed[row] = trade + NAME_SHARE * named + NOISE_SHARE * noise / np.linalg.norm(noise)
        return from_grid(to_grid(mixed / np.linalg.norm(mixed, axis=1, keepdims=True)))

    return encode
