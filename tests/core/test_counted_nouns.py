"""A number and its noun agree: no sentence joins a count that may be one to a noun that is always plural."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.night import wording

API = Path(__file__).parents[2] / "api"
# What follows a number directly, and looks plural; these are not, or have one form.
PLURAL = re.compile(r"^[ \u00a0\u202f]([a-zàâçéèêëîïôûùœ’-]+[sx])(?![\w’])")
ONE_FORM = {"ans", "après", "avis", "d’emplois", "des", "dans", "fois", "les", "mois", "pas", "sans"}
# Bounds written in capitals, and English.
NEVER_ONE = re.compile(r"^([a-z_.]+\.)?_?[A-Z][A-Z_]+\b")
ENGLISH = {"does", "holds", "is", "questions (", "texts"}
# A count which is at least two wherever the sentence is said, or a bound whose value another file gives.
AT_LEAST_TWO = {
    ("catalogue/validation_messages.py", "_number(ctx['max_length'])"),
    ("catalogue/validation_messages.py", "ctx['min_length']"),  # one is said otherwise
    ("build/finetune.py", "len(pairs)"),
    ("confidentiality/watermarking.py", "page_count"),  # more than MOST_PAGES
    ("entry/actor_entry.py", "high"),  # official bands
    ("evaluation/calibration.py", "questions"),  # English
    ("evaluation/calibration.py", "number(pool.pairs)"),
    ("evaluation/calibration.py", "number(pool.questions)"),
    ("evaluation/cross_validation.py", "groups"),
    ("evaluation/plots.py", "number(world_count)"),
    ("evaluation/tables.py", "number(evaluation.candidates)"),
    ("evaluation/tables.py", "number(evaluation.queries)"),
    ("evaluation/tables.py", "number(section.queries)"),
    ("evaluation/tables.py", "number(validation.candidates)"),
    ("evaluation/tables.py", "number(validation.groups)"),
    ("evaluation/tables.py", "number(validation.queries)"),
    ("mailing/compose.py", "number(changed_count)"),
    ("mailing/compose.py", "number(len(items))"),
    ("mailing/compose.py", "number(new_count)"),
    ("matching/coalition_wording.py", "len(names)"),
    ("matching/from_tables/phrase_rows.py", "encoder.dim"),
    ("open_data/sources/opendatasoft.py", "total_count"),
    ("takeovers/calendar/wording.py", "options.employee_notice_ceiling"),  # 250
    ("takeovers/calendar/wording.py", "options.employee_notice_headcount"),  # 50
    ("web/desk/actor_list.py", "days"),  # QUIET_DAYS
    ("web/desk/opportunity_list.py", "days"),  # DUE_DAYS
    ("web/templates/annuler_import.html", "view.least"),
    ("web/templates/confidentialite.html", "view.least"),
    ("web/templates/confirm.html", "view.most_suggestions"),
    ("web/templates/diffusion.html", "view.least"),
    ("web/templates/historique.html", "view.edits | length"),  # a page that is cut
    ("web/templates/new_password.html", "view.least_length"),
    ("web/templates/recherche.html", '"60 000"'),
    ("web/templates/reprise_fiche.html", "view.least"),
    ("web/templates/reprise_fiche.html", "view.most_strengths"),
    ("web/templates/reprise_vu.html", "view.lines | length"),  # a page that is cut
    ("web/templates/reprises.html", "view.rule.least"),
}
# Of a tally's words: adverbs, and nouns that stand for several whatever is counted.
ENDS_IN_S = {
    "d’anciennes",
    "d’essais",
    "depuis",
    "désormais",
    "jamais",
    "listes",
    "longtemps",
    "moins",
    "mots",
    "plus",
    "remis",
    "ses",
    "trop",
}
JOINED = re.compile(r"\}[ \u00a0\u202f][a-zàâçéèêëîïôûùœ’-]+[sx]\b")
PLACE = re.compile(r"\{\{ *([^}]*?) *\}\}((?: |&nbsp;|\u00a0|\u202f)[^<{]*)")
Reading = Callable[[Path], Iterator[tuple[str, str]]]
TALLIES = ("EVENTS", "SKIPPED", "WAITING", "MAILS", "SENDING", "PURGED")


def in_sentences(path: Path) -> Iterator[tuple[str, str]]:
    """What a number is, and the words after it, in each f-string."""
    text = path.read_text("utf-8")
    if not JOINED.search(text):  # a quarter of the files are left to be parsed
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                    yield ast.unparse(value.value), str(after.value)


def in_template(path: Path) -> Iterator[tuple[str, str]]:
    for value, after in PLACE.findall(path.read_text("utf-8")):
        yield value, after.replace("&nbsp;", " ")


def fixed_plurals() -> Iterator[tuple[str, str, str]]:
    files: list[tuple[Path, Callable[[Path], Iterator[tuple[str, str]]]]] = [
        (path, in_sentences) for path in API.rglob("*.py")
    ]
    files += [(path, in_template) for path in API.rglob("*") if path.suffix in (".html", ".txt")]
    for path, read in files:
        for value, after in read(path):
            noun = PLURAL.match(after)
            if noun and not ({noun[1]} & (ONE_FORM | ENGLISH) or "plural" in value or NEVER_ONE.match(value)):
                yield path.relative_to(API).as_posix(), value, noun[1]


def test_a_noun_after_a_count_agrees_with_it() -> None:
    found = set(fixed_plurals())
    assert not {place for place in found if place[:2] not in AT_LEAST_TWO}
    assert {place[:2] for place in found} == AT_LEAST_TWO, "the list names what is no longer there"


@pytest.mark.parametrize("tally", TALLIES)
def test_a_tally_of_the_night_agrees_with_its_count(tally: str) -> None:
    labels: wording.Labels = getattr(wording, tally)
    for label in labels.values():
        one, many = (wording.in_number(label, count) for count in (1, 2))
        plural_words = {word for word in re.findall(r"[\w’]+", one) if word.endswith("s")}
        assert plural_words <= ONE_FORM | ENDS_IN_S, one
        assert (one == many.replace("2", "1")) == isinstance(label, str)
