"""A suggestion as a partner sees it from a mail, and the forms to answer it and to report how it ended."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.core.errors import InvalidError
from api.core.french import plural
from api.learning.ratings import COMMENT_LENGTH, current_rating
from api.learning.wording import INTERESTS
from api.mailing.links import Purpose, Signer
from api.partner_view.answering import answering_work
from api.partner_view.suggestion_view import SuggestionView, suggestion_view
from api.web.checked_router import CheckedRouter
from api.web.components.answer_form import AnswerForm, TypedAnswerDep
from api.web.dependencies import EngineDep, NowDep, SignerDep, WriterDep
from api.web.error_pages import LinkRoute
from api.web.fields import FormWord, QueryWord
from api.web.rendering import page, see
from models.database import writing

router = CheckedRouter(route_class=LinkRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

PRESELECTED = {"oui": "2", "non": "0"}
FACTS = {"oui": True, "non": False, "": None}
MISSING = {"interest": "Choisissez l’une des quatre réponses.", "answered": "Choisissez au moins une réponse."}
MESSAGES = {
    "reasons": "Les raisons n’accompagnent que la réponse « Pas pour nous » : décochez-les, ou changez de réponse.",
    "comment": f"Votre commentaire est trop long : {plural(COMMENT_LENGTH, 'caractère')} au plus.",
    "retained": "On ne peut être retenu sans avoir répondu : vérifiez vos deux réponses.",
}


@dataclass(frozen=True)
class AnswerView:
    """A suggestion, and the form to answer it."""

    suggestion: SuggestionView
    answer_form: AnswerForm


@dataclass(frozen=True)
class ThanksView:
    """A recorded answer in words, and where it may be changed."""

    suggestion: SuggestionView
    answer_in_words: str
    change_address: str


@dataclass(frozen=True)
class ReadingView:
    """A suggestion, and where to answer it."""

    suggestion: SuggestionView
    answer_address: str


@dataclass(frozen=True)
class FollowUpView:
    """A suggestion, and the form that asks how it ended."""

    suggestion: SuggestionView
    address: str
    answered: str
    retained: str
    problems: Mapping[str, str]


@router.api_route("/avis/{token}", methods=SHOW)
def answer_form(
    token: str, engine: EngineDep, signer: SignerDep, choix: QueryWord = "", envoye: QueryWord = ""
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.ANSWER, token)
    suggestion_read = suggestion_view(engine, partner_id, suggestion_id)
    current_answer = current_rating(engine, partner_id, suggestion_id)
    if envoye and current_answer is not None and current_answer.interest is not None:
        return page(
            "thanks.html", view=ThanksView(suggestion_read, INTERESTS[current_answer.interest], f"/avis/{token}")
        )
    interest = PRESELECTED.get(
        choix, "" if current_answer is None or current_answer.interest is None else str(current_answer.interest)
    )
    return _answer_page(
        token,
        suggestion_read,
        interest,
        # The reasons of a former refusal make no sense with another answer.
        current_answer.reasons if current_answer and interest == "0" else (),
        current_answer.comment if current_answer else "",
    )


@router.post("/avis/{token}")
async def answer(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    writer: WriterDep,
    now: NowDep,
    typed: TypedAnswerDep,
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.ANSWER, token)
    try:
        work = answering_work(
            partner_id,
            suggestion_id,
            interest=typed.chosen_interest(),
            reasons=typed.reasons,
            comment=typed.comment,
            now=now,
        )
    except InvalidError as invalid_answer:
        suggestion_read = await run_in_threadpool(suggestion_view, engine, partner_id, suggestion_id)
        problems = problems_in_words(invalid_answer)
        return _answer_page(token, suggestion_read, typed.interest, typed.reasons, typed.comment, problems)
    # Answers of a busy morning are written one after the other: none of them holds a thread while it waits.
    await asyncio.wrap_future(writer.submit(work))
    return see(f"/avis/{token}?envoye=oui")


@router.api_route("/voir/{token}", methods=SHOW)
def view(token: str, engine: EngineDep, signer: SignerDep) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.VIEW, token)
    suggestion_read = suggestion_view(engine, partner_id, suggestion_id)
    answer_address = f"/avis/{signer.sign(Purpose.ANSWER, p=partner_id, s=suggestion_id)}"
    return page("view.html", view=ReadingView(suggestion_read, answer_address))


@router.api_route("/suivi/{token}", methods=SHOW)
def follow_up_form(token: str, engine: EngineDep, signer: SignerDep, envoye: QueryWord = "") -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.FOLLOW_UP, token)
    suggestion_read = suggestion_view(engine, partner_id, suggestion_id)
    current_answer = current_rating(engine, partner_id, suggestion_id)
    answered, retained = (current_answer.answered, current_answer.retained) if current_answer else (None, None)
    if envoye and (answered, retained) != (None, None):
        return page("thanks.html", view=ThanksView(suggestion_read, _outcome(answered, retained), f"/suivi/{token}"))
    return _follow_up_page(token, suggestion_read, _word(answered), _word(retained))


@router.post("/suivi/{token}")
def follow_up(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    now: NowDep,
    repondu: FormWord = "",
    retenu: FormWord = "",
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.FOLLOW_UP, token)
    answered, retained = FACTS.get(repondu), FACTS.get(retenu)
    try:
        if answered is None and retained is None:
            raise InvalidError([("answered", "")])
        work = answering_work(partner_id, suggestion_id, answered=answered, retained=retained, now=now)
    except InvalidError as invalid_answer:
        suggestion_read = suggestion_view(engine, partner_id, suggestion_id)
        return _follow_up_page(
            token, suggestion_read, _word(answered), _word(retained), problems_in_words(invalid_answer)
        )
    with writing(engine, durable=True) as session:
        work(session)
    return see(f"/suivi/{token}?envoye=oui")


def _pair(signer: Signer, purpose: Purpose, token: str) -> tuple[str, str]:
    claims = signer.read(purpose, token)
    return claims["p"], claims["s"]


def _answer_page(
    token: str,
    suggestion_read: SuggestionView,
    interest: str,
    reasons: Sequence[str],
    comment: str,
    answer_problems: dict[str, str] | None = None,
) -> Response:
    answer_form = AnswerForm(f"/avis/{token}", interest, reasons, comment, answer_problems or {})
    return page("answer.html", 422 if answer_problems else 200, view=AnswerView(suggestion_read, answer_form))


def _follow_up_page(
    token: str,
    suggestion_read: SuggestionView,
    answered: str,
    retained: str,
    answer_problems: dict[str, str] | None = None,
) -> Response:
    return page(
        "follow_up.html",
        422 if answer_problems else 200,
        view=FollowUpView(
            suggestion=suggestion_read,
            address=f"/suivi/{token}",
            answered=answered,
            retained=retained,
            problems=answer_problems or {},
        ),
    )


def problems_in_words(invalid_answer: InvalidError) -> dict[str, str]:
    """Return the problems of an answer by field, in French."""
    return {
        field_name: MESSAGES.get(field_name) or MISSING.get(field_name, field_message)
        for field_name, field_message in invalid_answer.fields
    }


def _outcome(answered: bool | None, retained: bool | None) -> str:
    if answered is False:
        return "pas de réponse à cette opportunité"
    if retained is None:
        return "réponse envoyée, résultat pas encore connu"
    return "réponse retenue" if retained else "réponse non retenue"


def _word(fact: bool | None) -> str:
    return "" if fact is None else "oui" if fact else "non"
