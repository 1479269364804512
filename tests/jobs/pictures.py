"""The pictures of « Aide »: the tests of the jobs take them (`make jobs PICTURES=1`), with what their pages say."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, meta, nodes
from playwright.sync_api import Locator, Page

from tests.jobs.job_list import JOBS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "api/web/static/aide"
# Job → what the templates of its page said when its picture was taken, and the picture, as hashes.
RECORD = Path(__file__).with_name("pictures.json")
ARE_WANTED = bool(os.environ.get("PICTURES"))
SIZE = {"width": 960, "height": 600}
MOST_BYTES = 60_000
QUALITIES = (70, 55, 40)  # the first that is small enough

_TEMPLATES = Environment(loader=FileSystemLoader(ROOT / "api/web/templates"), autoescape=True)


def picture_of(number: int) -> Path:
    return FOLDER / f"travail-{number}.webp"


def recorded() -> dict[str, dict[str, str]]:
    pictures: dict[str, dict[str, str]] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return pictures


def state_of(number: int) -> dict[str, str]:
    """Return hashes of a job's picture and of the words of the templates that its page is made of."""
    said_words = words_of(JOBS[number].template)
    return {"words": _digest(said_words.encode()), "picture": _digest(picture_of(number).read_bytes())}


def words_of(template: str) -> str:
    """Return the texts of a template and of those that it is made of: no markup, no values."""
    return "\n".join(sorted({text for name in _family(template) for text in _texts(name)}))


@dataclass
class Camera:
    """Takes the picture of a job once, at the first call, where pictures are wanted."""

    page: Page
    number: int
    is_used: bool = False

    def shoot(self, top: Locator | None = None) -> None:
        """top: what stands at the top of the picture, if not the page's own top."""
        if ARE_WANTED and not self.is_used:
            self.is_used = True
            take(self.page, self.number, top)


def take(page: Page, number: int, top: Locator | None = None) -> None:
    """Take the picture of what a page shows, in light colours, and record what its templates say."""
    before = page.viewport_size
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    page.wait_for_load_state("networkidle")
    (top or page.locator("body")).evaluate("element => element.scrollIntoView()")
    session = page.context.new_cdp_session(page)
    for quality in QUALITIES:
        # Playwright offers PNG and JPEG, which are twice as large.
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        picture_of(number).write_bytes(base64.b64decode(shot["data"]))
        if picture_of(number).stat().st_size <= MOST_BYTES:
            break
    session.detach()
    RECORD.write_text(
        json.dumps(
            dict(sorted((recorded() | {str(number): state_of(number)}).items(), key=lambda one: int(one[0]))), indent=1
        )
        + "\n"
    )
    assert before is not None
    page.set_viewport_size(before)


def _family(template: str) -> set[str]:
    """Return a template with all that it extends, includes and imports."""
    reached, waiting = set(), [template]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        needed = meta.find_referenced_templates(_parsed(name))
        waiting += [other for other in needed if other is not None and other not in reached]
    return reached


def _texts(name: str) -> Iterator[str]:
    """Yield what stands between the tags of a template, and the words that it hands to macros."""
    for node in _parsed(name).find_all((nodes.TemplateData, nodes.Const)):
        value = node.data if isinstance(node, nodes.TemplateData) else node.value
        if isinstance(value, str):
            yield from filter(None, (" ".join(text.split()) for text in re.split(r"<[^<>]*>|[<>]", value)))


def _parsed(name: str) -> nodes.Template:
    loader = _TEMPLATES.loader
    assert loader is not None
    return _TEMPLATES.parse(loader.get_source(_TEMPLATES, name)[0])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
