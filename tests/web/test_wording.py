"""Sentences that somebody new read wrongly do not come back, on whatever page, mail or answer of the house's code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.french import of_month
from api.web.rendering import unbroken
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import Doors, demo_actor

pytestmark = pytest.mark.slow

API = Path(__file__).parents[2] / "api"
GARDENERS = demo_actor("a001", "00017926700026")
MISREAD = {
    "an answer « to call at once » is a partner's, who is called": "appeler tout de suite",
    "a question is no title": "Qui, ensemble|Partager l’attention",
    "a person does not hold a trade": r"\btient (la reprise|« )|% de la valeur",
    "an assumed axis is to be confirmed": r"\(supposée?\)|\baxe(&nbsp;| )\{\{",
    "what is read outside, is no longer spread": "Ce qui se lit dehors|Ne plus diffuser",
    "a case is opened, and goes to its next step": r"[Pp]rendre en main|pris en main|[\">]Avancer[\"<]",
    "a month is elided": r"\bde (avril|août|octobre)\b",
    "no page names a command or a setting": r"python -m|api\.cli (night|sync)|<code>POLESUD_",
}


def written() -> Iterator[tuple[str, str]]:
    """Yield what the house's code writes for people: templates, and texts of web modules and of wording."""
    for path in API.rglob("templates/*"):
        yield path.name, re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    for path in [*API.glob("web/**/*.py"), *API.rglob("*wording*.py"), API / "matching/reasons.py"]:
        tree = ast.parse(path.read_text("utf-8"))
        # Docstrings speak to developers.
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield path.name, node.value


def test_what_people_read_is_looked_through() -> None:
    names = [name for name, _ in written()]
    assert {"sign_in.html", "alert.txt", "reasons.py", "wording.py", "opportunity_list.py"} <= set(names)


@pytest.mark.parametrize("why", MISREAD)
def test_what_was_misread_is_written_nowhere(why: str) -> None:
    found = [(name, match[0]) for name, text in written() if (match := re.search(MISREAD[why], text))]
    assert found == []


@given(st.dates())
def test_no_month_is_read_without_its_elision(day_of_month: object) -> None:
    assert not re.search(r"\bde [aeiouyâéèêîôû]", of_month(str(day_of_month)))


@given(st.integers(0, 9_999), st.sampled_from(["km", "€", "k€", "M€", "%", "ha", "m²"]))
def test_no_line_of_a_page_breaks_before_a_unit(value: int, unit: str) -> None:
    assert unbroken(f"<p>à {value} {unit}, dit-il « bien »</p>").count(" ") == 3


def test_a_partner_reads_no_advice_to_call_and_no_decimals(doors: Doors) -> None:
    email = "mots@exemple.invalid"
    open_partner(doors.engine, email, GARDENERS)
    token = sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS)
    partner = browser(doors, token)
    page = partner.get("/espace")
    proposals = re.findall(r"/espace/propositions/[\w-]+", page.text)
    assert proposals
    words = Outline(page.text + partner.get(proposals[0]).text).words
    assert "bonne piste pour vous" in words
    assert "appeler" not in words.replace("Rappelez", "")
    assert not re.search(r"\(0,\d\d\)|amiante_ss|\bsap\b|\brge\b", words)


def test_the_list_of_opportunities_names_axes_and_says_of_which_lots_a_tender_is_reserved(doors: Doors) -> None:
    lots = [{"number": str(number), "title": f"Lot d’essai {number}"} for number in (1, 2, 3, 4)]
    lots[1]["reserved"] = ["ea_esat"]  # type: ignore[assignment]
    made = doors.facilitator.post(
        "/api/opportunities",
        json={
            "source_id": "lots-essai",
            "title": "Marché d’essai à quatre lots",
            "deadline": "2099-01-31",
            "lots": lots,
        },
    )
    assert made.status_code == 201, made.text
    page = signed_in(doors, "facilitator").get("/opportunites?texte=essai+à+quatre").text
    words = Outline(page).words
    assert "1 lot sur 4 réservé aux EA et ESAT" in words
    assert re.search(
        r"(Métiers porteurs|Création et développement|Reprise et maintien d’activité) \(à confirmer\)", words
    )
