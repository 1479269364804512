"""What entries of the journal are about, by name, with a link where there is a page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from api.audit.queries import named_objects
from api.web.components.journal import ROW_ID
from models.audit import AuditEntry

_PAGES = {
    "actors": "/acteurs/",
    "opportunities": "/opportunites/",
    "brokerage_cases": "/dossiers/",
}
# What an entry is about, where nothing of that name is left.
KINDS = {
    "account": "compte",
    "actor": "acteur",
    "actors": "acteurs",
    "case": "dossier",
    "cases": "dossiers",
    "contact": "contact",
    "correction": "correction",
    "database": "base",
    "interaction": "échange",
    "key": "clé d’API",
    "list": "liste",
    "mail_template": "modèle de mail",
    "mailing": "envoi",
    "need": "besoin",
    "opportunities": "opportunités",
    "opportunity": "opportunité",
    "partner": "partenaire",
    "register": "registre",
    "report": "rapport",
    "source": "source",
    "subscription": "abonnement",
    "weights": "poids",
}


@dataclass(frozen=True)
class Named:
    """address: empty where there is no page."""

    words: str
    address: str = ""


def names_in(session: Session, entries: Iterable[AuditEntry]) -> Mapping[str, Named]:
    """Return id → name for whatever these entries name by its id and is still there: seven queries, however many."""
    ids = {row_id for entry in entries for row_id in _ids(entry)}
    return {
        row_id: Named(name or KINDS["case"], f"{_PAGES[table]}{row_id}" if table in _PAGES else "")
        for row_id, (table, name) in named_objects(session, ids).items()
    }


def object_in_words(entry: AuditEntry, names: Mapping[str, Named]) -> Named:
    """Return what an entry is about: its name, else its kind and the beginning of its id."""
    if known := names.get(entry.object_id):
        return known
    short_id = entry.object_id[:8] if ROW_ID.fullmatch(entry.object_id) else entry.object_id
    return Named(f"{KINDS.get(entry.object_kind, entry.object_kind)} {short_id}".strip())


def _ids(entry: AuditEntry) -> Iterator[str]:
    yield entry.object_id
    yield entry.actor.partition(":")[2]
    try:
        details = json.loads(entry.detail)
    except ValueError:
        return
    yield from ROW_ID.findall(json.dumps(details))
