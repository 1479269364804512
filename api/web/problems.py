"""Every error leaves as a problem document (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.catalogue.validation_messages import in_french
from api.core.errors import InvalidError, PoleSudError

MEDIA_TYPE = "application/problem+json"
# Programs ask there, whatever they say that they accept.
API_ADDRESSES = "/api/"


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 ; `errors` nomme les champs en cause."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = Field(default_factory=list)


def _documented(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {status: _documented(status) for status in (401, 403, 404, 409, 422, 503)}


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""

    def own(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, PoleSudError)
        fields = error.fields if isinstance(error, InvalidError) else ()
        errors = [FieldProblem(field=name or "corps", message=why) for name, why in fields]
        return _answer(Problem(title=error.title, status=error.status, detail=error.detail, errors=errors))

    def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        fields = [FieldProblem(field=_field(one), message=in_french(one)) for one in error.errors()]
        return _answer(Problem(title="Requête invalide", status=422, detail=fields[0].message, errors=fields))

    def http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:
            # What FastAPI says of a body that is not even text; a text that is no JSON is told by `invalid`.
            unread = FieldProblem(field="corps", message="illisible : du JSON en UTF-8 est attendu")
            return _answer(Problem(title="Requête invalide", status=422, detail=unread.message, errors=[unread]))
        titles = {404: "Introuvable", 405: "Méthode non permise"}
        title = titles.get(error.status_code, HTTPStatus(error.status_code).phrase)
        return _answer(Problem(title=title, status=error.status_code), error.headers)

    def unexpected(_request: Request, _error: Exception) -> JSONResponse:
        return _answer(Problem(title="Erreur interne", status=500, detail="L’incident a été noté."))

    app.add_exception_handler(PoleSudError, own)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
    _document(app)


def _document(app: FastAPI) -> None:
    """Add the schemas that `PROBLEMS` refers to: FastAPI adds only those of models that it was given."""
    undocumented = app.openapi

    def openapi() -> dict[str, Any]:
        document = undocumented()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= schema.pop("$defs", {}) | {"Problem": schema}
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _field(error: Mapping[str, Any]) -> str:
    """Return the name of the field in cause; what is not JSON has no fields, only a place in the body."""
    path = () if error["type"] == "json_invalid" else error["loc"][1:]
    return ".".join(str(part) for part in path) or "corps"


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)
