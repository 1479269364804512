"""The night's report counts as French does."""

import re
from typing import Any

import pytest

from api.night.wording import stage_lines

_PLURAL_WORD = re.compile(r"\b[01]\s\w{3,}s\b")


def done(count: int) -> dict[str, Any]:
    """Return the stages of a night in which everything was counted so often."""
    names = (
        *("sources", "actors", "opportunities", "due", "subscriptions", "matched", "announced", "mails"),
        *("questions", "accounts", "sent", "deferred", "failed", "suspended", "entries"),
    )
    counts = dict.fromkeys(names, count) | {"seconds": 1.0, "skipped": {}, "reasons": {}, "problem": "", "mark": "x"}
    found = {"read": count} if count > 1 else {}
    send, refresh = counts | {"waiting": count}, counts | {"failed": {}, "counts": found, "reason": "dry_run"}
    stages = dict.fromkeys(("encode", "follow_ups", "mornings", "journal"), counts)
    return stages | {"match": counts | {"waiting": {}}, "send": send, "refresh": refresh}


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_are_singular(count: int) -> None:
    stages = done(count)
    sent = {name: value for name, value in stages["send"].items() if name != "waiting"}
    for content in (stages, stages | {"send": sent}):
        for _, words, _ in stage_lines({"stages": content}):
            assert not _PLURAL_WORD.search(words), words


def test_two_are_plural() -> None:
    words = dict(line[:2] for line in stage_lines({"stages": done(2)}))
    said = {name: re.sub(r"\s", " ", text) for name, text in words.items()}
    assert said["Suites"] == "2 questions dans 2 messages"
    assert said["Messages du matin"] == "2 messages pour 2 comptes qui les veulent"
    assert said["Envoi"] == "2 messages attendent"
