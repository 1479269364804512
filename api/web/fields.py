"""What a form or an address may carry, each with its bound; `tests/web/test_bounded_input.py` finds one without."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from pydantic import Field

from api.core.digits import is_digits

# A code or a choice; a name, an e-mail, an id; a password, with two characters an accent; where to go on; a pasted need
# or a note.
WORD, LINE, SECRET, ADDRESS, TEXT = 60, 300, 1_000, 2_000, 100_000

FormWord = Annotated[str, Form(max_length=WORD)]
FormLine = Annotated[str, Form(max_length=LINE)]
FormSecret = Annotated[str, Form(max_length=SECRET)]
FormAddress = Annotated[str, Form(max_length=ADDRESS)]
FormText = Annotated[str, Form(max_length=TEXT)]
FormWords = Annotated[Sequence[Annotated[str, Field(max_length=WORD)]], Form(max_length=50)]
# Texts of fields that stand side by side several times: the n-th of each belong together.
FormLines = Annotated[Sequence[Annotated[str, Field(max_length=TEXT)]], Form(max_length=50)]
QueryWord = Annotated[str, Query(max_length=WORD)]
QueryWords = Annotated[Sequence[Annotated[str, Field(max_length=WORD)]], Query(max_length=50)]
QueryAddress = Annotated[str, Query(max_length=ADDRESS)]


def seen_version(text: str) -> int:
    """Return the version that a form says it showed; what is none is -1, which no version is."""
    return int(text) if is_digits(text) and len(text) < 10 else -1
