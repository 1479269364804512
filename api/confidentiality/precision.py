"""How precise the lines of teasers are."""

from collections.abc import Mapping, Sequence
from random import Random

from api.confidentiality.facts import Facts
from api.confidentiality.queries import RegisterGroup
from api.confidentiality.teaser import Teasers, group_facts

# What a line may say → attribute, and the levels that say it.
LEVELS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "un métier (division ou plus fin)": ("activity", ("division", "group", "class")),
    "un métier précis (groupe ou classe)": ("activity", ("group", "class")),
    "un département": ("place", ("department", "commune")),
    "une commune": ("place", ("commune",)),
    "un effectif": ("size", ("coarse", "fine")),
}
SAMPLE = 2_000


def shares(teasers: Teasers, cases: Sequence[Facts]) -> dict[str, float]:
    """Return what a first line may say → the share of cases whose line does; 0 without cases."""
    descriptions = [teasers.describe(case) for case in cases]
    return {
        name: sum(getattr(description, attribute)[0] in levels for description in descriptions)
        / max(len(descriptions), 1)
        for name, (attribute, levels) in LEVELS.items()
    }


def sample_of(register: Sequence[RegisterGroup], rng: Random, size: int = SAMPLE) -> list[Facts]:
    """Return establishments of a register as if they were cases, drawn with replacement."""
    weights = [group.establishments for group in register]
    return [group_facts(group) for group in rng.choices(register, weights, k=size)] if register else []
