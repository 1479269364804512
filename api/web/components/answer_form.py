"""The form by which a partner answers a proposal: interest, objections, comment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from api.learning.ratings import COMMENT_LENGTH
from api.learning.wording import INTERESTS, OBJECTIONS
from matcher.learning.observations import Objection


@dataclass(frozen=True)
class AnswerForm:
    """The form as shown. interest: the chosen value as sent, empty for none; problems: by field."""

    address: str
    interest: str
    objections: Sequence[str]
    comment: str
    problems: Mapping[str, str]
    interest_words: ClassVar[Sequence[str]] = INTERESTS
    objection_words: ClassVar[Mapping[Objection, str]] = OBJECTIONS
    comment_length: ClassVar[int] = COMMENT_LENGTH
