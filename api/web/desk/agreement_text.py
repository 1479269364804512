"""The house's text of the confidentiality agreement: read by version, and written anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from api.accounts.accounts import account_names
from api.confidentiality.agreement_texts import LONGEST_TEXT, HouseText, all_texts, write_text
from api.core.digits import is_digits
from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.core.french import sentence, spaced
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormText, FormWord, QueryWord, seen_version
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/engagement-de-confidentialite")

DONE = {"ecrit": "La nouvelle version est en vigueur. Ce qui a été signé reste signé, dans le texte d’alors."}


@dataclass(frozen=True)
class AgreementTextView:
    """All versions, newest first; the one that is shown, and what the form holds. problems: by field."""

    texts: Sequence[HouseText]
    shown: HouseText
    written_by: Mapping[int, str]
    typed: str
    longest: int
    done_message: str
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_current(self) -> bool:
        return self.shown.number == self.texts[0].number


@router.get("")
def agreement_text(visitor: VisitorDep, unit: UnitDep, version: QueryWord = "", fait: QueryWord = "") -> Response:
    wanted = int(version) if is_digits(version) else 0
    return _page(visitor, unit, wanted, done_message=DONE.get(fait, ""))


@router.post("")
def write(
    visitor: VisitorDep, unit: UnitDep, engine: EngineDep, now: NowDep, texte: FormText = "", vu: FormWord = ""
) -> Response:
    unit.end_reading()
    seen = seen_version(vu)
    try:
        write_text(engine, texte, seen=seen, account_id=visitor.account_id, now=now)
    except InvalidError as invalid:
        return _page(visitor, unit, typed=texte, problems=dict(invalid.fields))
    except ChangedMeanwhileError as stale:
        return _page(visitor, unit, typed=texte, problems={"texte": stale.detail}, status_code=409)
    return see("/engagement-de-confidentialite?fait=ecrit")


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    wanted: int = 0,
    *,
    typed: str | None = None,
    done_message: str = "",
    problems: Mapping[str, str] | None = None,
    status_code: int = 422,
) -> Response:
    texts = all_texts(unit.session)
    shown = next((text for text in texts if text.number == (wanted or texts[0].number)), None)
    if shown is None:
        raise NotFoundError("Cette version n’existe pas.")
    names = account_names(unit.session)
    return desk_page(
        "engagement_texte.html",
        visitor,
        "/opportunites",
        status_code if problems else 200,
        view=AgreementTextView(
            texts=texts,
            shown=shown,
            written_by={
                text.number: names.get(text.written_by, "un compte effacé") if text.written_by else "livré avec l’outil"
                for text in texts
            },
            typed=shown.text if typed is None else typed,
            longest=LONGEST_TEXT,
            done_message=spaced(done_message),
            problems={name: spaced(sentence(why)) for name, why in (problems or {}).items()},
        ),
    )
