"""How soon a password would be guessed: zxcvbn's estimate (D. L. Wheeler, USENIX Security 2016), with French words.

zxcvbn brings lists of leaked passwords, of names and of English words, dates, repetitions and walks over a QWERTY
keyboard. Added here: French words that people choose (`api/resources/guessable_words.txt`), communes of our two
départements, walks over an AZERTY keyboard, and the person's own words.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from zxcvbn_rs_py import zxcvbn

from api.core.settings import HOME_DEPARTMENTS

# As a power of ten. Whoever stole the hashes tries some 10⁴ a second and machine: these take them eleven days.
LEAST_GUESSES = 10.0
# zxcvbn holds the interpreter for up to a tenth of a second on a hostile text of this length, and longer on a longer
# one; what comes after makes no password weaker.
MOST_CHARACTERS = 40
HINT = "Prenez plutôt quatre ou cinq mots sans rapport entre eux, que personne d’autre ne mettrait ensemble"

RESOURCES = Path(__file__).parents[1] / "resources"
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "&é\"'(-è_çà)", "1234567890")
# Down the columns, as fingers go: « aqw », « zsx ».
COLUMNS = ("aqw", "zsx", "edc", "rfv", "tgb", "yhn", "uj", "ik", "ol", "pm")

OWN_REASON = "il contient votre nom, votre adresse ou le nom du service"
COMMON_REASON = (
    "trop facile à deviner : une suite de touches, des mots courants, un nom, un lieu ou une année ne suffisent pas"
)


def weakness(password: str, own_words: Sequence[str] = ()) -> str:
    """Return why a password would be guessed too soon, in French; empty for one that would not."""
    text = password[:MOST_CHARACTERS]
    known_words = [*own_words, *_known_words()]
    estimates = [zxcvbn(form, known_words) for form in {text, without_accents(text)}]
    if min(estimate.guesses_log10 for estimate in estimates) >= LEAST_GUESSES:
        return ""
    folded_text = without_accents(text).casefold()
    return OWN_REASON if any(word in folded_text for word in own_words if len(word) > 3) else COMMON_REASON


def own_words(email: str, name: str = "") -> list[str]:
    """Return a person's words, and those of the service, in lower case without accents."""
    texts = (email.partition("@")[0], email.partition("@")[2], name, "polesud", "pole sud rapprochements")
    words = [
        word for text in texts for word in re.split(r"[^a-z0-9]+", without_accents(text).casefold()) if len(word) > 2
    ]
    whole = [without_accents(text).casefold() for text in (email, email.partition("@")[0], name) if text]
    return list(dict.fromkeys([*words, *whole]))


def without_accents(text: str) -> str:
    """Return a text without its combining marks."""
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))


@cache
def _known_words() -> tuple[str, ...]:
    """Return what people here choose from, the likeliest first."""
    chosen = (RESOURCES / "guessable_words.txt").read_text("utf-8").split()
    return tuple(dict.fromkeys([*chosen, *_walks(), *_communes()]))


def _walks() -> Iterator[str]:
    down = "".join(COLUMNS)
    for row in (*ROWS, down):
        for length in range(len(row), 3, -1):
            for start in range(len(row) - length + 1):
                yield row[start : start + length]


def _communes() -> Iterator[str]:
    with (RESOURCES / "communes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["department"] in HOME_DEPARTMENTS]
    rows.sort(key=lambda row: -int(row["population"] or 0))
    for row in rows:
        folded_name = without_accents(row["name"]).casefold()
        yield re.sub(r"[^a-z]", "", folded_name)
        yield from row["postcodes"].split()
