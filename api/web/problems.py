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
from api.core.errors import BusyError, InvalidError, PoleSudError
from api.web.body_limit import BodyTooLargeError
from models.database import LockedError

MEDIA_TYPE = "application/problem+json"
# Addresses of programs, whatever their Accept header says.
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


def _documented(status_code: int) -> dict[str, Any]:
    problem_schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": HTTPStatus(status_code).phrase, "content": {MEDIA_TYPE: {"schema": problem_schema}}}


_STATUSES = (401, 403, 404, 409, 413, 422, 429, 503)
PROBLEMS: dict[int | str, dict[str, Any]] = {status: _documented(status) for status in _STATUSES}


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""

    def own(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, PoleSudError)
        return problem_of(error)

    def locked(_request: Request, _error: Exception) -> JSONResponse:
        return problem_of(BusyError("D’autres écrivent en ce moment : rien n’a été enregistré. Réessayez."))

    def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        field_problems = [
            FieldProblem(field=_field(field_error), message=in_french(field_error)) for field_error in error.errors()
        ]
        return _answer(
            Problem(title="Requête invalide", status=422, detail=field_problems[0].message, errors=field_problems)
        )

    def http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:
            # FastAPI raises this for a body that is not text; a text that is not JSON goes to `invalid`.
            unreadable_body = FieldProblem(field="corps", message="illisible : du JSON en UTF-8 est attendu")
            return _answer(
                Problem(title="Requête invalide", status=422, detail=unreadable_body.message, errors=[unreadable_body])
            )
        titles = {404: "Introuvable", 405: "Méthode non permise", 413: "Envoi trop lourd"}
        problem_title = titles.get(error.status_code, HTTPStatus(error.status_code).phrase)
        detail = error.detail if isinstance(error, BodyTooLargeError) else ""
        return _answer(Problem(title=problem_title, status=error.status_code, detail=detail), error.headers)

    def unexpected(_request: Request, _error: Exception) -> JSONResponse:
        return _answer(Problem(title="Erreur interne", status=500, detail="L’incident a été noté."))

    app.add_exception_handler(PoleSudError, own)
    app.add_exception_handler(LockedError, locked)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
    _document(app)


def problem_of(error: PoleSudError) -> JSONResponse:
    """Return an error of ours as a problem document."""
    invalid_fields = error.fields if isinstance(error, InvalidError) else ()
    field_problems = [
        FieldProblem(field=field_name or "corps", message=field_message) for field_name, field_message in invalid_fields
    ]
    problem = Problem(title=error.title, status=error.status, detail=error.detail, errors=field_problems)
    return _answer(problem, error.headers)


def _document(app: FastAPI) -> None:
    """Add the schemas that `PROBLEMS` refers to: FastAPI adds only those of models that it was given."""
    undocumented = app.openapi

    def openapi() -> dict[str, Any]:
        document = undocumented()
        problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem_schema.pop("$defs", {}) | {"Problem": problem_schema}
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _field(validation_error: Mapping[str, Any]) -> str:
    """Return the name of the field in cause; a body that is not JSON has no fields, only a position."""
    field_path = () if validation_error["type"] == "json_invalid" else validation_error["loc"][1:]
    return ".".join(str(path_part) for path_part in field_path) or "corps"


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)
