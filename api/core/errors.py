"""Errors with an explanation for their reader. Each knows its HTTP status; one handler renders them all.

PoleSudError
├── UnauthorizedError  401  no key, or an unknown one
├── RefusedSignInError 401  an e-mail and a password that do not go together
├── ForbiddenError     403  a known key that may not do this
├── NotFoundError      404  absent, or confidential to the asker
├── ConflictError      409  it contradicts what is stored
│   └── ChangedMeanwhileError   a form shows what somebody has changed since
├── LinkExpiredError   410  a link of ours that no longer holds
├── SourceError        422  a file that cannot be read at all
├── InvalidError       422  fields that contradict a rule; `fields` are (name, why)
├── TooManyError       429  too many attempts, within too short a time
├── NotReadyError      503  something that the service needs is not there yet
├── BusyError          503  others keep it busy: nothing was done, and it may be asked again
└── SettingsError      500  settings that are refused at start; `fields` are (variable, why)
"""

from collections.abc import Sequence
from typing import ClassVar


class PoleSudError(Exception):
    """An error explained to its reader, in French. title: the family of errors; detail: this case.

    retry_after_s: seconds after which trying again may help, sent as Retry-After.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Erreur interne"
    # After how many seconds it may be asked again, unless the error knows better.
    usual_wait_s: ClassVar[int | None] = None

    def __init__(self, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_s = self.usual_wait_s if retry_after_s is None else retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Return headers of the answer, beside its usual ones."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class UnauthorizedError(PoleSudError):
    status = 401
    title = "Non authentifié"


class RefusedSignInError(PoleSudError):
    status = 401
    title = "Connexion refusée"


class ForbiddenError(PoleSudError):
    status = 403
    title = "Interdit"


class NotFoundError(PoleSudError):
    status = 404
    title = "Introuvable"


class ConflictError(PoleSudError):
    status = 409
    title = "Conflit"


class ChangedMeanwhileError(ConflictError):
    pass


class LinkExpiredError(PoleSudError):
    status = 410
    title = "Lien expiré"


class SourceError(PoleSudError):
    status = 422
    title = "Fichier illisible"


class InvalidError(PoleSudError):
    status = 422
    title = "Données invalides"

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        super().__init__(" ; ".join(f"{name} : {why}" if name else why for name, why in fields))
        self.fields = tuple(fields)


class TooManyError(PoleSudError):
    status = 429
    title = "Trop d’essais"


class NotReadyError(PoleSudError):
    status = 503
    title = "Indisponible"
    usual_wait_s = 5


class BusyError(PoleSudError):
    status = 503
    title = "Occupé"
    usual_wait_s = 5


class SettingsError(InvalidError):
    status = 500
    title = "Réglages refusés"
