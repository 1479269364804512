"""What a partner is shown of a suggestion, and what they say of it: their interest, and later how it ended."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.core.errors import InvalidError
from api.learning.ratings import COMMENT_LENGTH, current_rating
from api.learning.wording import INTERESTS, OBJECTIONS
from api.mailing.links import Purpose, Signer
from api.partner_view.answering import answering_work
from api.partner_view.suggestion_view import SuggestionView, suggestion_view
from api.web.dependencies import EngineDep, SettingsDep, SignerDep, WriterDep
from api.web.error_pages import LinkRoute
from api.web.rendering import page, see
from matcher.learning.observations import Objection
from models.base import utc_now
from models.database import writing

router = APIRouter(route_class=LinkRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

PRESELECTED = {"oui": "2", "non": "0"}
FACTS = {"oui": True, "non": False, "": None}
MISSING = {"interest": "Choisissez l’une des quatre réponses.", "answered": "Choisissez au moins une réponse."}
MESSAGES = {
    "reasons": "Les raisons n’accompagnent que la réponse « Pas pour nous » : décochez-les, ou changez de réponse.",
    "comment": f"Votre commentaire est trop long : {COMMENT_LENGTH} caractères au plus.",
    "retained": "On ne peut être retenu sans avoir répondu : vérifiez vos deux réponses.",
}


@router.api_route("/avis/{token}", methods=SHOW)
def answer_form(
    token: str, engine: EngineDep, signer: SignerDep, options: SettingsDep, choix: str = "", envoye: str = ""
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.ANSWER, token)
    what = suggestion_view(engine, partner_id, suggestion_id, options.departments)
    said = current_rating(engine, partner_id, suggestion_id)
    if envoye and said is not None and said.interest is not None:
        return page("thanks.html", what=what, said=INTERESTS[said.interest], again=f"/avis/{token}")
    interest = PRESELECTED.get(choix, "" if said is None or said.interest is None else str(said.interest))
    return _answer_page(
        token,
        what,
        interest,
        # The reasons of a former no make no sense beside a yes.
        said.reasons if said and interest == "0" else (),
        said.comment if said else "",
    )


@router.post("/avis/{token}")
async def answer(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    options: SettingsDep,
    writer: WriterDep,
    interet: Annotated[str, Form()] = "",
    raison: Annotated[Sequence[str], Form()] = (),
    commentaire: Annotated[str, Form()] = "",
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.ANSWER, token)
    interest = interet if interet in map(str, range(len(INTERESTS))) else ""
    reasons = [Objection(one) for one in raison if one in OBJECTIONS]
    try:
        if not interest:
            raise InvalidError([("interest", "")])
        work = answering_work(
            partner_id, suggestion_id, interest=int(interest), reasons=reasons, comment=commentaire, now=utc_now()
        )
    except InvalidError as refused:
        what = await run_in_threadpool(suggestion_view, engine, partner_id, suggestion_id, options.departments)
        chosen = [reason.value for reason in reasons]
        return _answer_page(token, what, interest, chosen, commentaire, problems_in_words(refused))
    # All who answer the mails of one morning write one after the other: no thread waits for each of them.
    await asyncio.wrap_future(writer.submit(work))
    return see(f"/avis/{token}?envoye=oui")


@router.api_route("/voir/{token}", methods=SHOW)
def view(token: str, engine: EngineDep, signer: SignerDep, options: SettingsDep) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.VIEW, token)
    what = suggestion_view(engine, partner_id, suggestion_id, options.departments)
    return page("view.html", what=what, answer=f"/avis/{signer.sign(Purpose.ANSWER, p=partner_id, s=suggestion_id)}")


@router.api_route("/suivi/{token}", methods=SHOW)
def follow_up_form(
    token: str, engine: EngineDep, signer: SignerDep, options: SettingsDep, envoye: str = ""
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.FOLLOW_UP, token)
    what = suggestion_view(engine, partner_id, suggestion_id, options.departments)
    said = current_rating(engine, partner_id, suggestion_id)
    answered, retained = (said.answered, said.retained) if said else (None, None)
    if envoye and (answered, retained) != (None, None):
        return page("thanks.html", what=what, said=_outcome(answered, retained), again=f"/suivi/{token}")
    return _follow_up_page(token, what, _word(answered), _word(retained))


@router.post("/suivi/{token}")
def follow_up(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    options: SettingsDep,
    repondu: Annotated[str, Form()] = "",
    retenu: Annotated[str, Form()] = "",
) -> Response:
    partner_id, suggestion_id = _pair(signer, Purpose.FOLLOW_UP, token)
    answered, retained = FACTS.get(repondu), FACTS.get(retenu)
    try:
        if answered is None and retained is None:
            raise InvalidError([("answered", "")])
        work = answering_work(partner_id, suggestion_id, answered=answered, retained=retained, now=utc_now())
    except InvalidError as refused:
        what = suggestion_view(engine, partner_id, suggestion_id, options.departments)
        return _follow_up_page(token, what, _word(answered), _word(retained), problems_in_words(refused))
    with writing(engine, durable=True) as session:
        work(session)
    return see(f"/suivi/{token}?envoye=oui")


def _pair(signer: Signer, purpose: Purpose, token: str) -> tuple[str, str]:
    claims = signer.read(purpose, token)
    return claims["p"], claims["s"]


def _answer_page(
    token: str,
    what: SuggestionView,
    interest: str,
    reasons: Sequence[str],
    comment: str,
    problems: dict[str, str] | None = None,
) -> Response:
    return page(
        "answer.html",
        422 if problems else 200,
        what=what,
        action=f"/avis/{token}",
        interests=INTERESTS,
        interest=interest,
        objections=OBJECTIONS,
        reasons=reasons,
        comment=comment,
        comment_length=COMMENT_LENGTH,
        problems=problems or {},
    )


def _follow_up_page(
    token: str, what: SuggestionView, answered: str, retained: str, problems: dict[str, str] | None = None
) -> Response:
    return page(
        "follow_up.html",
        422 if problems else 200,
        what=what,
        action=f"/suivi/{token}",
        answered=answered,
        retained=retained,
        problems=problems or {},
    )


def problems_in_words(refused: InvalidError) -> dict[str, str]:
    """Return what is wrong with an answer, field by field, as its writer reads it."""
    return {name: MESSAGES.get(name) or MISSING.get(name, why) for name, why in refused.fields}


def _outcome(answered: bool | None, retained: bool | None) -> str:
    if answered is False:
        return "pas de réponse à cette opportunité"
    if retained is None:
        return "réponse envoyée, résultat pas encore connu"
    return "réponse retenue" if retained else "réponse non retenue"


def _word(fact: bool | None) -> str:
    return "" if fact is None else "oui" if fact else "non"
