"""« Aide » shows ten jobs with a picture each, says what words mean, and whom to call."""

import re
from pathlib import Path

import pytest

from api.web.rendering import HERE
from tests.jobs.job_list import JOBS
from tests.support.outline import Outline
from tests.support.signed_in import signed_in
from tests.support.world import Doors

pytestmark = pytest.mark.slow

LINK = re.compile(r'/aide#([\w-]+)"|meaning\("([\w-]+)"|term="([\w-]+)"')


def help_page(doors: Doors) -> str:
    return signed_in(doors, "facilitator").get("/aide").text


def test_each_job_has_its_paragraph_and_a_picture_with_a_description(doors: Doors) -> None:
    page = help_page(doors)
    pictures = re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]+)"', page)
    assert [address for address, _ in pictures] == [f"/static/aide/travail-{number}.webp" for number in JOBS]
    assert min(len(description) for _, description in pictures) > 30
    for address, _ in pictures:
        assert doors.anonymous.get(address).headers["content-type"] == "image/webp"


def test_every_link_to_a_word_leads_to_what_it_means(doors: Doors) -> None:
    """The links of the page itself, and those of all templates."""
    page = help_page(doors)
    ids = re.findall(r'id="([\w-]+)"', page)
    assert len(ids) == len(set(ids))
    linked = set(re.findall(r'href="#([\w-]+)"', page))
    for template in (HERE / "templates").glob("*.html"):
        linked |= {next(filter(None, terms)) for terms in LINK.findall(Path(template).read_text("utf-8"))}
    assert linked >= {"axe", "groupement", "fiche-aveugle"}
    assert linked <= set(ids)


def test_it_says_whom_to_call(doors: Doors) -> None:
    settings = doors.app.state.settings
    assert "parlez-en à la personne qui administre" in Outline(help_page(doors)).words
    doors.app.state.settings = settings.model_copy(
        update={"contact_name": "Camille Exemple", "contact_phone": "04 65 71 00 09"}
    )
    try:
        page = help_page(doors)
    finally:
        doors.app.state.settings = settings
    assert "Camille Exemple" in page
    assert 'href="tel:0465710009"' in page
