"""What a person is given of its own data carries marks where the tables have identifiers.

An identifier may be made from the natural keys of a confidential row (`models.base.identifier`): a reader could check
guesses of a name and a commune against it. Marks keep what an export needs of identifiers: the same thing has the same
mark throughout one person's exports, and the house can open them.
"""

import json
import re
from typing import Any

from api.mailing.links import Purpose
from api.partner_view.marks import Marks

IDENTIFIER = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# Whoever has a link may act in its person's name, and those of before November 2026 say what they stand for.
LINK = re.compile(rf"(/(?:{'|'.join(purpose.value for purpose in Purpose)})/)[\w.-]{{40,}}")


def with_marks(value: Any, marks: Marks) -> Any:
    """Return JSON values with a mark for each identifier, wherever in a text it stands, and links cut off."""
    if isinstance(value, str):
        cut_text = LINK.sub(r"\1…", value)
        return IDENTIFIER.sub(lambda found: marks.make_single(found[0]), cut_text)
    if isinstance(value, dict):
        return {with_marks(name, marks): with_marks(content, marks) for name, content in value.items()}
    if isinstance(value, list):
        return [with_marks(content, marks) for content in value]
    return value


def in_told_order(announcements: list[dict[str, Any]], marks: Marks) -> list[dict[str, Any]]:
    """Return announcements by night, actor and what was told: an order by their identifiers would tell of guesses."""

    def told(announcement: dict[str, Any]) -> tuple[str, ...]:
        actor_mark, suggestion_mark = (with_marks(announcement[name], marks) for name in ("actor_id", "suggestion_id"))
        return (
            announcement["night"],
            actor_mark or "",
            IDENTIFIER.sub("", json.dumps(announcement["told"], sort_keys=True)),
            announcement["event"],
            suggestion_mark,
        )

    return sorted(announcements, key=told)
