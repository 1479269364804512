"""Sections of a ranked list: what a score advises. The thresholds stay; it is the calibration of scores that moves."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from matcher.types import FloatArray, IntArray


class Section(StrEnum):
    """Sections of a list, the best first. French words: `api.matching.reasons`."""

    CALL_FIRST = "call_first"
    GOOD_LEAD = "good_lead"
    TO_STUDY = "to_study"
    UNLIKELY = "unlikely"


# The lowest score of each section, the best first.
FLOORS: dict[Section, float] = {
    Section.CALL_FIRST: 0.7,
    Section.GOOD_LEAD: 0.45,
    Section.TO_STUDY: 0.2,
    Section.UNLIKELY: 0.0,
}


def section_of(score: float) -> Section:
    """Return the section of a score in [0, 1]."""
    return next((section for section, floor in FLOORS.items() if score >= floor), Section.UNLIKELY)


def section_numbers(scores: FloatArray) -> IntArray:
    """Return the place of each score's section in `Section`: `(n,)`, 0 is the best."""
    floors = np.array(list(FLOORS.values())[:-1])
    numbers: IntArray = (np.asarray(scores)[:, None] < floors).sum(axis=1).astype(np.int64)
    return numbers


def section_sizes(scores: FloatArray) -> dict[Section, int]:
    """Return how many of some scores `(n,)` lie in each section, those with none too."""
    counts = np.bincount(section_numbers(scores), minlength=len(Section)).tolist()
    return dict(zip(Section, counts, strict=True))
