"""Scores as advices, and the sections of a list, in French."""

from api.matching.reasons import Reader
from matcher.sections import Section, section_of

# A list's sections, as they head it; and one score, as an advice to each reader.
SECTIONS = {
    Section.CALL_FIRST: "À appeler d’abord",
    Section.GOOD_LEAD: "Bonnes pistes",
    Section.TO_STUDY: "À étudier",
    Section.UNLIKELY: "Peu probable",
}
_ADVICE: dict[Reader, dict[Section, str]] = {
    "facilitator": {
        Section.CALL_FIRST: "à appeler d’abord",
        Section.GOOD_LEAD: "bonne piste",
        Section.TO_STUDY: "à étudier",
        Section.UNLIKELY: "peu probable",
    },
    "actor": {
        Section.CALL_FIRST: "très bonne piste pour vous",
        Section.GOOD_LEAD: "bonne piste pour vous",
        Section.TO_STUDY: "à étudier",
        Section.UNLIKELY: "peu probable",
    },
}


def score_in_words(score: float, reader: Reader = "facilitator") -> str:
    """Return a score as an advice."""
    return _ADVICE[reader][section_of(score)]


def advice_to_partner(advice: str) -> str:
    """Return an advice as it is stored, in a facilitator's words, as a partner reads it."""
    sections = {words: section for section, words in _ADVICE["facilitator"].items()}
    return _ADVICE["actor"][sections[advice]] if advice in sections else advice


def mark_to_partner(advice: str) -> str:
    """Return an advice as it stands beside what a partner is shown; nothing where it is unlikely.

    What is unlikely by its score reaches a partner by a person's choice or by its line, and « peu probable » would say
    not to look at it. Of a change of score both words are told (`advice_to_partner`).
    """
    words = advice_to_partner(advice)
    return "" if words == _ADVICE["actor"][Section.UNLIKELY] else words
