"""Rendering of pages: templates and headers."""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.core.french import NBSP, day, plural
from api.core.settings import Settings
from api.web.dependencies import Signers

HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# `api.web.security_headers` adds what every answer says.
HEADERS = {
    "Content-Security-Policy": POLICY,
}
# Only a page with a map runs scripts, only « Aide » shows pictures, and only those served here.
SCRIPTS, PICTURES = "; script-src 'self'; connect-src 'self'", "; img-src 'self'"

# What stays as it is (tags, what a form sends back), or a space where French typography wants one that does not break.
_KEPT_OR_SPACE = re.compile(
    r"<textarea\b[^<]*</textarea>|<[^<>]*>|(?<=«) | (?=[:;!?»])|(?<=[0-9]) (?=[€%]|(?:km|ha|m²|k€|M€|Mo|ko)(?!\w))"
)

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.filters["plural"] = plural
_TEMPLATES.filters["day"] = lambda moment: day(moment.isoformat())


@dataclass(frozen=True)
class ErrorView:
    """The words of an error page."""

    heading: str
    text: str


def page(template_name: str, status_code: int = 200, *, view: object = None, **layout: Any) -> HTMLResponse:
    """Return a page, every value in it escaped.

    view: what the page shows. layout: what the layout needs, which is the visitor and the open entry of the menu.
    A page may run our scripts if its view has a `map` or `is_scripted`, or its visitor is shown a bar; it may show our
    pictures if its view `has_pictures`.
    """
    is_scripted = (
        getattr(view, "map", None)
        or getattr(view, "is_scripted", False)
        or getattr(layout.get("visitor"), "encoding", None)
    )
    own_policy = (SCRIPTS if is_scripted else "") + (PICTURES if getattr(view, "has_pictures", False) else "")
    page_headers = {"Content-Security-Policy": POLICY + own_policy}
    page_html = _TEMPLATES.get_template(template_name).render(view=view, **layout)
    return HTMLResponse(unbroken(page_html), status_code=status_code, headers=page_headers)


def unbroken(page_html: str) -> str:
    """Return a page whose text has non-breaking spaces where French typography wants them. Takes linear time."""
    return _KEPT_OR_SPACE.sub(lambda found: NBSP if found[0] == " " else found[0], page_html)


def see(path: str) -> RedirectResponse:
    """Redirect after a POST to a page that can be reloaded safely."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)


def install(app: FastAPI, options: Settings) -> None:
    """Serve the stylesheets and scripts of pages."""
    app.state.settings = options
    app.state.signers = Signers(options)
    app.mount("/static/leaflet", StaticFiles(directory=_leaflet_folder()), name="leaflet")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def _leaflet_folder() -> Path:
    """Return the folder of the installed Leaflet: the project keeps no copy of it."""
    leaflet_spec = importlib.util.find_spec("xstatic.pkg.leaflet")
    assert leaflet_spec is not None
    assert leaflet_spec.origin is not None
    return Path(leaflet_spec.origin).parent / "data"
