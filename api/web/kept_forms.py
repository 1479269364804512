"""A form that arrives after its session has expired: kept for its sender, who finds it again after signing in."""

import re
from collections.abc import Sequence
from datetime import datetime

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.accounts.account_keys import AccountKeys
from api.accounts.sessions import owner_of_expired
from api.core.settings import Settings
from api.entry.drafts import SentForms
from api.web.cookie import Cookie
from api.web.dependencies import Signers, engine, moment_of
from models.database import LockedError, reading

# Forms of which a page of the same address shows what was typed.
_OWN_PAGES = re.compile(
    r"/(?:acteurs/nouveau|opportunites/nouvelle|reprises/nouvelle|espace/besoins/nouveau|(?:acteurs|opportunites|espace/acteurs)/[^/]+/corriger"
    r"|opportunites/[^/]+/reprise/financement)"
)
# Forms that hold a secret, or open a door.
_NEVER_KEPT = re.compile(r"/(?:connexion|deconnexion|compte|comptes|cles|personnes|invitation|mot-de-passe)(?:/.*)?")
# The page that shows any other form, to be sent again.
KEPT_FORM = "/envoi-en-attente"
_ENCODING = "application/x-www-form-urlencoded"
# Two hundred lots of five fields, and the rest.
MOST_FIELDS = 1_100


async def keep_sent_form(request: Request, options: Settings) -> str | None:
    """Keep a posted form for the account of its expired session; return the page that shows it, None if there is none.

    The form is kept in the tables, encrypted, under the account: neither the address nor a cookie holds any of it.
    Where the tables are locked for too long it is not kept.
    """
    address = request.url.path
    is_form = request.headers.get("content-type", "").startswith(_ENCODING)
    if request.method != "POST" or not is_form or _NEVER_KEPT.fullmatch(address):
        return None
    if address == KEPT_FORM:
        # The form that was to be sent on waits there still.
        return KEPT_FORM
    now = moment_of(request)
    owner = await run_in_threadpool(_owner, request, options)
    if owner is None:
        return None
    try:
        sent = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except HTTPException:
        return None
    items = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    try:
        is_kept = await run_in_threadpool(_keep, request, owner, address, items, now)
    except LockedError:
        return None
    if not is_kept:
        return None
    return address if _OWN_PAGES.fullmatch(address) else KEPT_FORM


def _keep(request: Request, owner: str, address: str, items: Sequence[tuple[str, str]], now: datetime) -> bool:
    signers: Signers = request.app.state.signers
    forms = SentForms(AccountKeys.of(signers.newest()).set_aside)
    return forms.keep(engine(request), owner, address, items, now)


def _owner(request: Request, options: Settings) -> str | None:
    with reading(engine(request)) as session:
        return owner_of_expired(session, Cookie.of(options).read(request), now=moment_of(request), options=options)
