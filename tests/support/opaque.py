"""Opaque words of answers: marks and tokens of links, which two sides write otherwise.

A word is opaque only if a key of the service opens it: a hash without a secret, or an identifier in another alphabet,
stays as it is and is compared by its letters.
"""

import re
from collections.abc import Sequence

from api.core.errors import LinkExpiredError
from api.mailing.links import LinkError, Purpose, Signer
from api.partner_view.marks import Marks

# The shortest is the mark of one identifier.
WORD = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{43,}(?![\w-])")
NAME = re.compile(r"‹(\d+)›")


class Names:
    """The opaque words that one side gave away, numbered in the order in which they appeared."""

    def __init__(self, signers: Sequence[Signer], persons: Sequence[str]) -> None:
        """persons: the accounts, or partners, whose marks may appear."""
        self._signers = signers
        self._marks = [Marks.of(signer, person) for signer in signers for person in persons]
        self._names: dict[str, str] = {}

    def renamed(self, text: str) -> str:
        """Return a text with the name of each opaque word in its place."""
        return WORD.sub(lambda found: self._name(found[0]), text)

    def own_words(self, text: str) -> str:
        """Return a text with the words of this side in the places of their names."""
        words = list(self._names)
        return NAME.sub(lambda found: words[int(found[1])], text)

    def _name(self, word: str) -> str:
        if word not in self._names:
            if not self._is_opened(word):
                return word
            self._names[word] = f"‹{len(self._names)}›"
        return self._names[word]

    def _is_opened(self, word: str) -> bool:
        return any(marks.open(word) or marks.open_single(word) for marks in self._marks) or any(
            _opens(signer, purpose, word) for signer in self._signers for purpose in Purpose
        )


def _opens(signer: Signer, purpose: Purpose, token: str) -> bool:
    try:
        signer.read(purpose, token)
    except LinkError:
        return False
    except LinkExpiredError:
        return True
    return True
