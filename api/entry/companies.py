"""What the State's search of companies says of one SIREN or SIRET: it fills the form of an actor.

A takeover case is never asked about: the question alone would tell a public service that the company changes hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.core.errors import SourceError
from api.core.settings import Settings
from api.open_data.sources import recherche_entreprises
from api.open_data.sources.contract import ActorFound, BadRecord, Request, SchemaChanged, StateFound

# Somebody waits for the page: one try, and a few seconds.
WAIT_S = 4.0
UNREACHABLE = "Le service des entreprises ne répond pas : complétez la fiche à la main."


@dataclass(frozen=True, slots=True)
class Company:
    """What is public of a company. content: fields of an actor; empty where nothing may be shown.

    is_closed: the register says that it has ceased.
    """

    content: Mapping[str, Any]
    is_closed: bool = False


def asks_service(options: Settings) -> bool:
    """Return whether the house reads this service at all: whoever asks it no list asks it no company either."""
    return recherche_entreprises.SOURCE in options.open_data_sources


def ask_company(digits: str, options: Settings, today: date) -> Company:
    """Ask the service about a SIREN (9 digits) or a SIRET (14). Raises SourceError where it fails."""
    # Here: its HTTP client is slow to import, and no other page asks anybody.
    from api.open_data.sources.client import Client, ServiceError

    hurried = options.model_copy(
        update={"open_data_tries": 1, "open_data_timeout_s": WAIT_S, "open_data_answer_s": WAIT_S}
    )
    parameters = {
        "q": digits,
        "minimal": "true",
        "include": "siege,complements,finances,matching_etablissements",
        "page": "1",
        "per_page": "1",
    }
    request = Request("/search", parameters)
    try:
        with Client("Recherche d’entreprises", options.recherche_entreprises_url, hurried) as client:
            records = recherche_entreprises.page(client.fetch(request).body, request).records
        # The search goes by words too: an answer about another company is none.
        own = [record for record in records if str(record.get("siren")) == digits[:9]]
        facts = [
            fact for record in own for fact in recherche_entreprises.read(recherche_entreprises.public(record), today)
        ]
    except (ServiceError, SchemaChanged, BadRecord) as error:
        raise SourceError(UNREACHABLE) from error
    actors = [fact for fact in facts if isinstance(fact, ActorFound)]
    closed = {fact.siret for fact in facts if isinstance(fact, StateFound) and fact.state == "closed"}
    chosen = next((actor for actor in actors if actor.source_id == digits), actors[0] if actors else None)
    content = dict(chosen.content) if chosen else {}
    if len(digits) == 14 and chosen and chosen.source_id != digits:
        # Another establishment: what concerns the company alone.
        content = {name: content[name] for name in ("name", "kind", "legal_category", "ess") if name in content}
    return Company(content, is_closed=None in closed or digits in closed)
