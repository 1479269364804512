"""How a page leaves: its template and its headers."""

import importlib.util
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.core.french import day
from api.core.settings import Settings
from api.web.dependencies import Signers

HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Not `no-referrer`: forms would then be sent from the origin « null ».
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
# Only a page with a map runs scripts: our own, from here.
SCRIPTED = HEADERS | {"Content-Security-Policy": POLICY + "; script-src 'self'; connect-src 'self'"}

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.filters["day"] = lambda moment: day(moment.isoformat())


def page(template: str, status: int = 200, *, view: object = None, **content: Any) -> HTMLResponse:
    """Return a page, every value in it escaped. view: what the page shows. One with a `map` may run our scripts."""
    headers = SCRIPTED if content.get("map") or getattr(view, "map", None) else HEADERS
    text = _TEMPLATES.get_template(template).render(content | {"view": view})
    return HTMLResponse(text, status_code=status, headers=headers)


def see(path: str) -> RedirectResponse:
    """Send a browser that has just posted to a page that it may reload at will."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)


def install(app: FastAPI, options: Settings) -> None:
    """Serve the stylesheets and scripts of pages."""
    app.state.settings = options
    app.state.signers = Signers(options)
    app.mount("/static/leaflet", StaticFiles(directory=_leaflet_folder()), name="leaflet")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def _leaflet_folder() -> Path:
    """Return where the installed Leaflet has its script and stylesheet: no copy of it is kept here."""
    spec = importlib.util.find_spec("xstatic.pkg.leaflet")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"
