"""Open data without a network: `make demo-sources`.

The samples are served on this machine as the real services serve theirs, read into an empty database, and matched: the
ten best suggestions are shown. Then everything is read again, to show that nothing changes.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.accounts.audience import Audience
from api.commands.open_data import print_reports
from api.commands.terminal import Bar, engine
from api.core.french import number
from api.core.settings import Settings
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.matching import suggest
from api.matching.answer import Entry
from api.matching.reasons import sentence
from api.matching.snapshot import Desk
from api.open_data.refresh import polite
from api.open_data.sources.catalogue import SOURCES, services
from api.open_data.sync import sync
from matcher.embedding import open_encoder
from models.database import reading

# The day on which the samples are served.
TODAY = date(2026, 11, 25)
SINCE = date(2026, 9, 1)
SHOWN = 10
# Of the samples beside the project, whatever they lie in.
ELSEWHERE = date(2024, 1, 1)
FACILITATOR = Audience(confidential=True)

console = Console(width=None if Console().is_terminal else 160)


def now() -> datetime:
    return datetime.combine(TODAY, time(4, 30), UTC)


def read(base: object, service: Served, departments: list[str], since: date) -> None:
    """Read all sources, and print what came."""
    options = Settings(**service.settings())
    reports = sync(
        base,  # type: ignore[arg-type]
        services(list(SOURCES), options),
        departments,
        since=lambda _name: since,
        today=TODAY,
        now=now,
        open_client=polite(options, now),
    )
    print_reports(reports)


def main() -> None:
    options, opened = Settings(), engine()
    with served(recorded.own()) as service:
        console.print(f"Exemples servis sur {service.base}, lus dans une base vide.", highlight=False)
        read(opened, service, ["26", "07"], SINCE)
        console.print("Encore une fois :")
        read(opened, service, ["26", "07"], SINCE)
    beside = recorded.shared()
    if beside:
        with served(beside) as service:
            console.print(f"Exemples de {recorded.SHARED}, tels quels.", highlight=False, soft_wrap=True)
            read(opened, service, sorted(_departments(beside)), ELSEWHERE)
    desk = Desk(opened, open_encoder(options.encoder), options.departments, Bar("Encodage des textes"))
    show(desk)
    console.print(f"La base : {Path(str(opened.url.database))}", highlight=False, soft_wrap=True)


def show(desk: Desk) -> None:
    """Print the ten best suggestions over all open opportunities, one an opportunity."""
    best: list[tuple[object, Entry]] = []
    snapshot = desk.snapshot()
    with reading(desk.engine) as session:
        for row in snapshot.opportunities.opportunities:
            if row.open and not (row.deadline and row.deadline < TODAY):
                for answer in suggest.actors_for_opportunity(session, snapshot, row.id, FACILITATOR, k=1, today=TODAY):
                    best += [(answer.question, one) for one in answer.entries]
    best.sort(key=lambda one: (-one[1].suggestion.score, one[1].suggestion_id))
    table = Table(
        "score", "opportunité", "acteur", "pourquoi", title="Les dix premiers rapprochements", show_lines=True
    )
    for question, one in best[:SHOWN]:
        title, name = getattr(question, "display_title", ""), getattr(one.card, "name", "")
        why = " ; ".join(sentence(reason) for reason in one.suggestion.reasons[:3])
        table.add_row(*(Text(cell) for cell in (number(one.suggestion.score, 2), title, name, why)))
    console.print(table)


def _departments(records: recorded.Records) -> set[str]:
    found = {str(one.get("code_departement", ""))[:2] for one in records.get("boamp", ())}
    for company in records.get("recherche_entreprises", ()):
        found |= {str(place.get("commune", ""))[:2] for place in company.get("matching_etablissements") or ()}
    return {one for one in found if one.isdigit()}


if __name__ == "__main__":
    main()
