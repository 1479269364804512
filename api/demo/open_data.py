"""Open data without a network: `make demo-sources`.

The samples are served locally like the real services and compared with what is expected of each field, then read into
an empty database, and read again to show that nothing changes. Then the ten best suggestions are shown.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.accounts.audience import Audience
from api.commands.open_data import print_reports
from api.commands.source_check import print_examinations
from api.commands.terminal import ProgressBar, engine
from api.core.digits import is_digits
from api.core.french import number
from api.core.settings import Settings
from api.demo import recorded
from api.demo.employers import demo_employers
from api.demo.fake_services import Served, served
from api.matching import suggest
from api.matching.answer import Entry
from api.matching.desk import Desk
from api.matching.encoder import open_encoder
from api.matching.reasons import sentence
from api.open_data.coverage.asking import check_service
from api.open_data.refresh import open_client_with
from api.open_data.sources.catalogue import IN_ALL, SOURCES, services
from api.open_data.sync import sync
from models.database import reading

# The day on which the samples are served.
TODAY = date(2026, 11, 25)
SINCE = date(2026, 9, 1)
SHOWN = 10
# First day of the samples beside the project, in whatever département.
ELSEWHERE = date(2024, 1, 1)
FACILITATOR = Audience(confidential=True)

console = Console(width=None if Console().is_terminal else 160)


def now() -> datetime:
    return datetime.combine(TODAY, time(4, 30), UTC)


def read(
    database: object, fake_service: Served, departments: list[str], since: date, names: Sequence[str] = tuple(SOURCES)
) -> None:
    """Read sources, and print the reports."""
    options = Settings(**fake_service.settings())
    reports = sync(
        database,  # type: ignore[arg-type]
        services(names, options),
        departments,
        since=lambda _name: since,
        today=TODAY,
        now=now,
        open_client=open_client_with(options, now),
    )
    print_reports(reports)


def check(fake_service: Served, departments: list[str], since: date) -> None:
    """Print what a few records of each service show, as `sync tout --check` does."""
    options = Settings(**fake_service.settings())
    examinations = []
    for service in services(list(SOURCES), options):
        with open_client_with(options, now)(service) as client:
            examinations.append(check_service(service, departments, since, TODAY, client))
    print_examinations(examinations)


def main() -> None:
    options, database = Settings(), engine()
    with served(recorded.own() | {"reprises_a_venir": list(demo_employers())}) as fake_service:
        console.print(f"Exemples servis sur {fake_service.base}, lus dans une base vide.", highlight=False)
        check(fake_service, ["26", "07"], SINCE)
        read(database, fake_service, ["26", "07"], SINCE)
        console.print("Encore une fois :")
        read(database, fake_service, ["26", "07"], SINCE)
    shared_records = recorded.shared()
    if shared_records:
        with served(shared_records) as fake_service:
            console.print(f"Exemples de {recorded.SHARED}, tels quels.", highlight=False, soft_wrap=True)
            read(database, fake_service, sorted(_departments(shared_records)), ELSEWHERE, IN_ALL)
    demo_desk = Desk(database, open_encoder(options), options.departments, ProgressBar("Encodage des textes", "textes"))
    show(demo_desk)
    console.print(f"La base : {Path(str(database.url.database))}", highlight=False, soft_wrap=True)


def show(demo_desk: Desk) -> None:
    """Print the ten best suggestions, at most one for each open opportunity."""
    best_entries: list[tuple[object, Entry]] = []
    snapshot = demo_desk.snapshot()
    with reading(demo_desk.engine) as session:
        for opportunity in snapshot.opportunities.opportunities:
            if opportunity.open and not (opportunity.deadline and opportunity.deadline < TODAY):
                for answer in suggest.actors_for_opportunity(
                    session, snapshot, opportunity.id, FACILITATOR, k=1, today=TODAY
                ):
                    best_entries += [(answer.question, entry) for entry in answer.entries]
    best_entries.sort(key=lambda ranked_entry: (-ranked_entry[1].suggestion.score, ranked_entry[1].suggestion_id))
    table = Table(
        "score", "opportunité", "acteur", "pourquoi", title="Les dix premiers rapprochements", show_lines=True
    )
    for question, entry in best_entries[:SHOWN]:
        opportunity_title, actor_name = getattr(question, "display_title", ""), getattr(entry.card, "name", "")
        reason_words = " ; ".join(sentence(reason) for reason in entry.suggestion.reasons[:3])
        table.add_row(
            *(
                Text(cell_text)
                for cell_text in (number(entry.suggestion.score, 2), opportunity_title, actor_name, reason_words)
            )
        )
    console.print(table)


def _departments(records: recorded.Records) -> set[str]:
    department_codes = {str(record.get("code_departement", ""))[:2] for record in records.get("boamp", ())}
    for company in records.get("recherche_entreprises", ()):
        department_codes |= {
            str(establishment.get("commune", ""))[:2] for establishment in company.get("matching_etablissements") or ()
        }
    return {department_code for department_code in department_codes if is_digits(department_code)}


if __name__ == "__main__":
    main()
