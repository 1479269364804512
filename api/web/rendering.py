"""How a page leaves: its template, its headers, and errors as pages too."""

import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.core.errors import PoleSudError
from api.core.french import day
from api.core.settings import Settings
from api.web.dependencies import Signers

HERE = Path(__file__).parent
PAGES = ("/avis/", "/suivi/", "/voir/", "/confirmer/", "/desinscription/")
# Pages of the desk, whose readers have no mail of ours to go back to.
DESK_PAGES = (
    *("/connexion", "/deconnexion", "/invitation/", "/comptes", "/personnes", "/journal", "/recherche"),
    *("/opportunites", "/acteurs", "/importer", "/poids", "/nuits", "/dossiers", "/rapport", "/espace", "/sources"),
)
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

# One page for whatever is not there: a forged link learns nothing from the difference.
_ERRORS = {
    404: ("Ce lien ne mène à rien", "Il est incomplet, ou ce qu’il montrait n’existe plus."),
    400: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    405: ("Cette page ne fait pas cela", "Reprenez le lien reçu par courriel."),
    410: (
        "Ce lien a expiré",
        "Les liens de nos courriels ne servent qu’un temps. Le prochain courriel en aura d’autres.",
    ),
    422: ("Cet envoi est illisible", "Reprenez le lien reçu par courriel, et remplissez le formulaire à nouveau."),
    503: ("Le service démarre", "Réessayez dans quelques secondes."),
}
_DESK_ERRORS = _ERRORS | {
    400: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
    403: ("Cette page n’est pas pour votre compte", "Votre rôle n’y donne pas accès."),
    404: ("Cette page n’existe pas", "Elle a été retirée, ou son adresse est incomplète."),
    405: ("Cette page ne fait pas cela", "Revenez au bureau, et recommencez."),
    409: ("Cela ne se peut pas en ce moment", "Quelque chose a changé entre-temps. Revenez à la page, et recommencez."),
    410: ("Ce lien ne sert plus", "Il a déjà servi, ou a expiré. Demandez-en un autre à qui administre l’outil."),
    422: ("Cet envoi est illisible", "Revenez à la page, et remplissez le formulaire à nouveau."),
}
_INCIDENT = ("Une erreur est survenue", "L’incident a été noté. Réessayez dans quelques minutes.")

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def page(template: str, status: int = 200, **content: Any) -> HTMLResponse:
    """Return a page, every value in it escaped. One that is given a `map` may run our scripts."""
    headers = SCRIPTED if content.get("map") else HEADERS
    return HTMLResponse(_TEMPLATES.get_template(template).render(content), status_code=status, headers=headers)


def see(path: str) -> RedirectResponse:
    """Send a browser that has just posted to a page that it may reload at will."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)


def install(app: FastAPI, options: Settings) -> None:
    """Serve the stylesheet, and make pages of the errors that happen on pages; all others stay as `app` tells them.

    Call it once every error has its handler.
    """
    app.state.settings = options
    app.state.signers = Signers(options)
    app.mount("/static/leaflet", StaticFiles(directory=_leaflet_folder()), name="leaflet")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for kind in (PoleSudError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _by_path(app.exception_handlers[kind]))


def _leaflet_folder() -> Path:
    """Return where the installed Leaflet has its script and stylesheet: no copy of it is kept here."""
    spec = importlib.util.find_spec("xstatic.pkg.leaflet")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"


def _by_path(otherwise: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        errors = _errors_of(request.url.path)
        if errors:
            status = 422 if isinstance(error, RequestValidationError) else 500
            status = getattr(error, "status", getattr(error, "status_code", status))
            heading, text = errors.get(status, _INCIDENT)
            return page("error.html", status, heading=heading, text=text)
        answer = await run_in_threadpool(otherwise, request, error)
        assert isinstance(answer, Response)
        return answer

    return handle


def _errors_of(path: str) -> dict[int, tuple[str, str]] | None:
    """The words for what goes wrong on a page; None elsewhere."""
    if path.startswith(PAGES):
        return _ERRORS
    return _DESK_ERRORS if path == "/" or path.startswith(DESK_PAGES) else None
