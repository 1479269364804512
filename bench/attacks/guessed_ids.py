"""A partner tries to confirm guesses of who a confidential case is, by what it holds: pages, mails, its own data.

It knows how identifiers are made (the code is public). Its guesses are the best that there are: the natural keys of all
confidential rows, which somebody who tries names × communes comes upon. It looks for the identifier of each guess, and
for what is made of it and of its own actors, in all that it was given, in every alphabet that needs no key.
"""

import base64
import binascii
import re
import uuid
import zlib
from collections.abc import Iterator, Sequence

import httpx2
from sqlalchemy import update
from sqlmodel import Session, select

from api.accounts import accounts, invitations, partner_accounts, sessions
from api.alerts.composing import compose_alerts
from api.core.clock import day_in_france
from api.mailing.links import open_signer
from api.matching.desk import Desk
from api.subscriptions.confirming import confirm
from api.subscriptions.subscriptions import subscribe
from api.web.cookie import Cookie
from bench.served_copy import Outcome, ServedCopy
from matcher.embedding import open_encoder
from models.base import identifier, utc_now
from models.database import reading, writing
from models.tables import AccountActor, Actor, Opportunity, OutboxMessage, Subscription

SECOND, PASSWORD = "second@exemple.invalid", "correct cheval pile agrafe"
SEARCH, LINE = "entreprise à reprendre", "Entreprise à reprendre"
WORD = re.compile(r"[A-Za-z0-9_-]{22,}={0,2}(?:\.[A-Za-z0-9_-]+)*|\.[A-Za-z0-9_-]{22,}")
ADDRESS = re.compile(r"/espace/(?:propositions|dossiers)/[\w-]+")


def attack(copy: ServedCopy) -> list[Outcome]:
    """Count the guesses that can be checked, and the words by which two partners of one actor can join their cases."""
    held = [*_given_to_first(copy), *_mails(copy)]
    guesses = _guesses(copy)
    seen, told = "\n".join(_in_clear(held)), sum(text.count(LINE) for text in held)
    checked = sum(any(sign in seen for sign in signs) for signs in guesses)
    shared = _long_words(held) & _long_words(_given_to_second(copy))
    return [
        Outcome(
            "nom et commune devinés, vérifiés hors ligne",
            checked == 0 < told,
            f"{checked} vérifiables sur {len(guesses)} justes ; {len(held)} textes reçus, {told} lignes de cas",
            "nom et commune en 14 117 essais, 0,5 s",
        ),
        Outcome(
            "deux partenaires rapprochent leurs cas",
            not shared,
            f"{len(shared)} repères communs",
            "tous : le même identifiant chez chacun",
        ),
    ]


def _given_to_first(copy: ServedCopy) -> list[str]:
    with copy.browser(accounts.PARTNER) as visitor:
        return _walk(visitor)


def _given_to_second(copy: ServedCopy) -> list[str]:
    """Return what another account that speaks for the same actors is given."""
    now = utc_now()
    with reading(copy.engine) as session:
        actor_ids = session.exec(select(AccountActor.actor_id)).all()
    links = [
        partner_accounts.invite_partner(copy.engine, SECOND, actor_id, by="cli", now=now, options=copy.settings)
        for actor_id in actor_ids
    ]
    invitations.accept(copy.engine, (links[0] or "").rpartition("/")[2], PASSWORD, now=now)
    token = sessions.sign_in(
        copy.engine, SECOND, PASSWORD, client_address="192.0.2.2", now=utc_now(), options=copy.settings
    )
    with copy.browser() as visitor:
        visitor.cookies.set(Cookie.of(copy.settings).name, token)
        return _walk(visitor)


def _walk(visitor: httpx2.Client) -> list[str]:
    """Open, answer and agree to all that is proposed, then ask for one's own data; return all that is given."""
    given = [visitor.get(path).text for path in ("/espace", "/espace/acteurs", "/espace/donnees")]
    for path in sorted(set(ADDRESS.findall(given[0]))):
        given.append(visitor.get(path).text)
        visitor.post(path, data={"interet": "2"})
        dossier = path.replace("propositions", "dossiers")
        visitor.post(dossier, data={"acte": "accord", "engagement": "oui"})
        given.append(visitor.get(dossier).text)
    given.append(visitor.post("/espace/donnees").text)
    return given


def _mails(copy: ServedCopy) -> list[str]:
    """Return a night's mails to the partner, its own data after it, and the pages behind their links."""
    now, options, signer = utc_now(), copy.settings, open_signer(copy.settings)
    email = copy.passwords[accounts.PARTNER][0]
    with reading(copy.engine) as session:
        actor_ids = session.exec(select(AccountActor.actor_id)).all()
    for actor_id in (*actor_ids, None):
        asked = subscribe(
            copy.engine,
            signer,
            email,
            actor_id=actor_id,
            search=None if actor_id else SEARCH,
            now=now,
            options=options,
        )
        confirm(copy.engine, asked.id, now=now)
    with writing(copy.engine) as session:
        # All that suits at all, so that every case is told of.
        session.execute(update(Subscription).values(most=10_000, least="unlikely"))
    desk = Desk(copy.engine, open_encoder(options.encoder), options.departments)
    many = options.model_copy(update={"weekly_per_actor": 10_000, "weekly_per_partner": 10_000})
    compose_alerts(desk, signer, night=day_in_france(now), now=now, options=many)
    with writing(copy.engine) as session:
        session.execute(update(OutboxMessage).values(status="sent", sent_at=now))
    with reading(copy.engine) as session:
        written = [
            f"{row.message_id}\n{row.headers}\n{row.text}\n{row.html}"
            for row in session.exec(select(OutboxMessage)).all()
        ]
    links = sorted({link for text in written for link in re.findall(r"/(?:voir|avis)/[\w.=-]+", text)})
    with copy.browser() as reader:
        pages = [reader.get(link).text for link in links[:40]]
    with copy.browser(accounts.PARTNER) as visitor:
        return [*written, *pages, visitor.post("/espace/donnees").text]


def _guesses(copy: ServedCopy) -> list[set[str]]:
    """Return, for each confidential row, what its natural key gives: its identifier, and suggestions of and to it."""
    with reading(copy.engine) as session:
        own_ids = session.exec(select(AccountActor.actor_id)).all()
        return [*_of_opportunities(session, own_ids), *_of_actors(session)]


def _of_opportunities(session: Session, own_ids: Sequence[str]) -> Iterator[set[str]]:
    for row in session.exec(select(Opportunity)).all():
        if row.confidential:
            guess = identifier("opportunities", row.natural_key)
            suggestions = {identifier("suggestions", own_id, f"opportunity:{guess}") for own_id in own_ids}
            yield {sign for made in {guess, *suggestions} for sign in _signs(made)}


def _of_actors(session: Session) -> Iterator[set[str]]:
    for row in session.exec(select(Actor)).all():
        if row.confidential:
            yield set(_signs(identifier("actors", row.natural_key)))


def _signs(made: str) -> Sequence[str]:
    return made, made.replace("-", ""), uuid.UUID(made).bytes.decode("latin-1")


def _in_clear(texts: Sequence[str]) -> Iterator[str]:
    """Yield texts, and what every word in them says once its alphabet, or its compression, is undone."""
    for text in texts:
        yield text
        for word in set(WORD.findall(text)):
            for part in (word, *word.split(".")):
                packed = _decoded(part)
                yield packed.decode("latin-1")
                yield _unpacked(packed).decode("latin-1")


def _decoded(word: str) -> bytes:
    letters = word.strip(".=")
    try:
        return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def _long_words(texts: Sequence[str]) -> set[str]:
    """Return what may stand for something: identifiers, marks, tokens. Words of the pages' own are shorter."""
    return {word for text in texts for word in re.findall(r"[\w-]{32,}", text) if re.search(r"\d", word)}
