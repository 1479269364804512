"""The page of the API's documentation: Swagger UI, with no script in the page and none of another site."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from api.web.checked_router import CheckedRouter
from api.web.rendering import POLICY, page

# What Swagger UI needs beside our own scripts: icons within its style sheet.
DOCS_POLICY = POLICY + "; script-src 'self'; connect-src 'self'; img-src 'self' data:"

router = CheckedRouter(include_in_schema=False)


@router.get("/docs")
def docs() -> Response:
    docs_page = page("docs.html")
    docs_page.headers["Content-Security-Policy"] = DOCS_POLICY
    return docs_page


def install(app: FastAPI) -> None:
    """Serve the page, and Swagger UI as the package `fastapi-offline` brings it."""
    app.router.routes.extend(router.routes)
    swagger_folder = Path(fastapi_offline.__file__).parent / "static"
    app.mount("/static-offline-docs", StaticFiles(directory=swagger_folder), name="static-offline-docs")
