"""The form by which a partner answers a proposal: interest, objections, comment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends

from api.core.errors import InvalidError
from api.learning.ratings import COMMENT_LENGTH
from api.learning.wording import INTERESTS, OBJECTIONS
from api.web.fields import FormText, FormWord, FormWords
from matcher.learning.observations import Objection


@dataclass(frozen=True)
class TypedAnswer:
    """What was sent; interest: as it was chosen, empty for none of ours."""

    interest: str
    reasons: Sequence[Objection]
    comment: str

    def chosen_interest(self) -> int:
        """Return the chosen interest. Raises InvalidError where none is."""
        if not self.interest:
            raise InvalidError([("interest", "")])
        return int(self.interest)


async def _typed_answer(interet: FormWord = "", raison: FormWords = (), commentaire: FormText = "") -> TypedAnswer:
    return TypedAnswer(
        interet if interet in map(str, range(len(INTERESTS))) else "",
        [Objection(objection) for objection in raison if objection in OBJECTIONS],
        commentaire,
    )


TypedAnswerDep = Annotated[TypedAnswer, Depends(_typed_answer)]


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
