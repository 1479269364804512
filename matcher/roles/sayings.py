"""What an actor says in its activities or its name, searched for patterns."""

from __future__ import annotations

import re
from typing import TypeAlias

from matcher.lexical import without_accents
from matcher.types import Actor

# Characters of an activity that say what the actor does.
BEGINNING = 160
# Patterns, each of which stands somewhere after the one before: `.*` between them would go back from each beginning.
Saying: TypeAlias = tuple[re.Pattern[str], ...]


def saying(*patterns: str) -> Saying:
    """Return patterns, of plain small letters, that follow each other in a line."""
    return tuple(re.compile(pattern) for pattern in patterns)


def says(actor: Actor, sayings: tuple[Saying, ...]) -> str:
    """Return the first activity that begins with one of these, as it was written; "" without any.

    A long text is a presentation, which names in passing what others do too: only its beginning is read.
    """
    for activity in actor.activities:
        lines = without_accents(activity[:BEGINNING].lower()).split("\n")
        if any(stands_in(line, sequence) for line in lines for sequence in sayings):
            return activity
    return ""


def is_named(actor: Actor, sayings: tuple[Saying, ...]) -> bool:
    """Return whether one of these stands in the actor's name."""
    name = without_accents(actor.name.lower())
    return any(stands_in(name, sequence) for sequence in sayings)


def stands_in(line: str, sequence: Saying) -> bool:
    start = 0
    for pattern in sequence:
        match = pattern.search(line, start)
        if match is None:
            return False
        start = match.end()
    return True
