"""A backup is put back: can anybody do again what was taken from them since?"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from api.accounts import accounts, api_keys, invitations, partner_accounts, sessions
from api.accounts.accounts import ADMINISTRATOR, FACILITATOR, find_account
from api.catalogue import record_changes, records
from api.confidentiality.disclosure import ConsentSide, grant_consent, revoke_consent, standing_consents
from api.core.errors import PoleSudError
from api.mailing.links import Purpose, open_signer
from api.privacy.database_copies import backup
from api.privacy.personal_data import erase_person
from api.privacy.restoring import restore
from api.subscriptions import confirming, subscriptions
from api.web.cookie import Cookie
from bench.served_copy import HOUSE, PARTNER_ACTORS, Outcome, ServedCopy
from models.accounts import Account
from models.actors import Actor
from models.alerts import OutboxMessage
from models.base import utc_now
from models.database import reading, writing
from models.opportunities import Opportunity
from models.partners import Partner, Subscription

PASSWORD = "une phrase bien assez longue"
ERASED = "efface@exemple.invalid"
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Right:
    """What is taken, how, and whether it is there."""

    name: str
    take: Callable[[], object]
    is_there: Callable[[], bool]


def attack(copy: ServedCopy) -> list[Outcome]:
    """Back up, take each right, put the backup back while the desk is served, and try each right."""
    rights = _rights(copy)
    token = open_signer(copy.settings).sign(Purpose.ANSWER, p="x")
    missing = [right.name for right in rights if not right.is_there()]
    kept = copy.folder / "kept.db"
    backup(copy.settings.database_url, kept)
    for right in rights:
        right.take()
    not_taken = [right.name for right in rights if right.is_there()]
    restore(copy.settings, kept, now=utc_now())
    back = [right.name for right in rights if right.is_there()]
    stands = len(rights) - len(back)
    figure = f"{stands} révocations tiennent sur {len(rights)}" + (f" ; revenus : {', '.join(back)}" if back else "")
    if missing or not_taken:
        figure += f" ; mal essayés : {', '.join(missing + not_taken)}"
    return [
        Outcome(
            "restaurer rend ce qui a été révoqué", not (back or missing or not_taken), figure, f"0 sur {len(rights)}"
        ),
        Outcome("un lien d’avant la restauration", not _reads(copy, token), "refusé", "accepté"),
        _without_ledger(copy),
    ]


def _without_ledger(copy: ServedCopy) -> Outcome:
    ledger = copy.folder / "world.db.revocations"
    lines = ledger.read_bytes().splitlines(keepends=True)
    refused = []
    for harmed in (b"", b"".join(lines[:-1]), b"".join(lines[1:]), b"".join(reversed(lines))):
        ledger.write_bytes(harmed)
        try:
            restore(copy.settings, copy.folder / "kept.db", now=utc_now())
        except PoleSudError:
            refused.append(harmed)
    ledger.write_bytes(b"".join(lines))
    return Outcome(
        "restaurer avec un registre vidé, coupé ou touché", len(refused) == 4, f"{len(refused)} refus sur 4", "–"
    )


def _rights(copy: ServedCopy) -> list[Right]:
    engine, options, now = copy.engine, copy.settings, utc_now()
    actor_id = records.find(engine, "actors", PARTNER_ACTORS[0], HOUSE)
    emails = [f"attaque{number}@exemple.invalid" for number in range(4)]
    links = [invitations.invite(engine, email, ADMINISTRATOR, by="cli", now=now, options=options) for email in emails]
    for link in links[:3]:
        invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=now)
    disabled, lowered, changed = (find_account(engine, email).id for email in emails[:3])
    subscription = subscriptions.subscribe(
        engine, open_signer(options), emails[0], actor_id=actor_id, now=now, options=options
    )
    confirming.confirm(engine, subscription.id, now=now)
    erased = subscriptions.subscribe(
        engine, open_signer(options), ERASED, search="menuiserie", now=now, options=options
    )
    guest = find_account(engine, copy.passwords["partner"][0]).id
    with reading(engine) as session:
        told = session.exec(
            select(Opportunity).where(col(Opportunity.confidential), col(Opportunity.teaser) != "")
        ).first()
        public = session.exec(select(Opportunity).where(~col(Opportunity.confidential))).first()
        hidden = session.exec(select(Actor).where(~col(Actor.confidential), Actor.id != actor_id)).first()
    assert told
    assert public
    assert hidden
    grant_consent(engine, told.id, actor_id, ConsentSide.HOLDER, account_id=guest, now=now)
    key = api_keys.create_key(engine, "attaque") or ""
    token = sessions.sign_in(
        engine, *copy.passwords["facilitator"], client_address="192.0.2.9", now=now, options=options
    )

    def holds(table: type[SQLModel], row_id: str, column: str, *values: object) -> bool:
        with reading(engine) as session:
            row = session.get(table, row_id)
            return row is not None and (getattr(row, column) in values)

    def consents() -> bool:
        with reading(engine) as session:
            return standing_consents(session, told.id, actor_id).holder is not None

    def signs_in(email: str) -> bool:
        try:
            sessions.sign_in(engine, email, PASSWORD, client_address="192.0.2.8", now=utc_now(), options=options)
        except PoleSudError:
            return False
        return True

    def change_password() -> None:
        link = invitations.invite_again(engine, changed, by="cli", now=utc_now(), options=options)
        invitations.accept(engine, link.rpartition("/")[2], PASSWORD + " autre", now=utc_now())

    def mail_waits() -> bool:
        with reading(engine) as session:
            waiting = select(OutboxMessage).where(
                OutboxMessage.about == subscription.id, OutboxMessage.status == "pending"
            )
            return session.exec(waiting).first() is not None

    invitation = links[3].rpartition("/")[2]
    client = copy.keys[api_keys.CLIENT]
    partner_id = subscription.partner_id
    return [
        Right(
            "accord",
            lambda: revoke_consent(engine, told.id, actor_id, ConsentSide.HOLDER, account_id=guest, now=now),
            consents,
        ),
        Right(
            "clé d’API",
            lambda: api_keys.replace_key(engine, "attaque"),
            lambda: _get(copy, "/api/actors", key=key) == 200,
        ),
        Right(
            "session",
            lambda: sessions.sign_out(engine, token, now=now),
            lambda: _get(copy, "/", token=token) == 200,
        ),
        Right(
            "invitation",
            lambda: invitations.accept(engine, invitation, PASSWORD, now=utc_now()),
            lambda: _get(copy, f"/invitation/{invitation}") == 200,
        ),
        Right(
            "personne",
            lambda: erase_person(engine, ERASED, by="cli", now=now),
            lambda: holds(Partner, erased.partner_id, "email", ERASED),
        ),
        Right("mot de passe", change_password, lambda: signs_in(emails[2])),
        Right("compte", lambda: accounts.disable(engine, disabled, by="cli", now=now), lambda: signs_in(emails[0])),
        Right(
            "rôle",
            lambda: accounts.change_role(engine, lowered, FACILITATOR, by="cli", now=now),
            lambda: holds(Account, lowered, "role", ADMINISTRATOR),
        ),
        Right(
            "acteur d’un compte",
            lambda: partner_accounts.take_actor(engine, guest, actor_id, by="cli", now=now),
            lambda: _speaks(engine, guest, actor_id),
        ),
        Right(
            "opportunité publique",
            lambda: record_changes.change_opportunity(engine, public.id, {"confidential": True}),
            lambda: _get(copy, f"/api/opportunities/{public.id}", key=client) == 200,
        ),
        Right(
            "acteur public",
            lambda: record_changes.change_actor(engine, hidden.id, {"confidential": True}),
            lambda: _get(copy, f"/api/actors/{hidden.id}", key=client) == 200,
        ),
        Right(
            "accroche",
            lambda: record_changes.change_opportunity(engine, told.id, {"teaser": None}),
            lambda: holds(Opportunity, told.id, "teaser", told.teaser),
        ),
        Right(
            "pause",
            lambda: subscriptions.change(engine, subscription.id, {"frequency": "paused"}),
            lambda: holds(Subscription, subscription.id, "frequency", "nightly"),
        ),
        Right("message parti", lambda: _send(engine, subscription.id), mail_waits),
        Right(
            "désabonnement",
            lambda: confirming.unsubscribe(engine, partner_id, now=now),
            lambda: holds(Partner, partner_id, "status", "active"),
        ),
    ]


def _send(engine: Engine, about: str) -> None:
    with writing(engine) as session:
        for message in session.exec(select(OutboxMessage).where(OutboxMessage.about == about)):
            message.status, message.sent_at = "sent", utc_now()
            session.add(message)


def _speaks(engine: Engine, account_id: str, actor_id: str) -> bool:
    with reading(engine) as session:
        return any(account.id == account_id for account in partner_accounts.partners_of(session, actor_id))


def _get(copy: ServedCopy, path: str, *, key: str = "", token: str = "") -> int:
    headers = {"X-API-Key": key} if key else {}
    with httpx2.Client(base_url=copy.address, timeout=TIMEOUT_S, headers=headers) as client:
        if token:
            client.cookies.set(Cookie.of(copy.settings).name, token)
        return client.get(path).status_code


def _reads(copy: ServedCopy, token: str) -> bool:
    try:
        return bool(open_signer(copy.settings).read(Purpose.ANSWER, token))
    except PoleSudError:
        return False
