"""The night's commands, and those of partners and their links; merged into `api.cli`."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.catalogue import records
from api.commands.consoles import console
from api.commands.terminal import ProgressBar, add_text_row, desk, engine
from api.core.clock import night_of
from api.core.french import day, plural
from api.core.settings import settings
from api.mailing.delivery import deliver
from api.mailing.links import open_signer, rotate_keys
from api.mailing.transport import Transport
from api.matching.advice_wording import score_in_words
from api.night.departure import departure_gate, departure_links
from api.night.reports import NightReport, last_nights
from api.night.run import run_night, settle_nights
from api.night.wording import STAGES, stage_lines, status_in_words, summary_lines
from api.subscriptions import standing, subscriptions
from api.subscriptions.preferences import Frequency, LeastSection, least_section
from api.subscriptions.queries import SubscriptionRow
from api.web.admin.nights import report_page
from api.web.rendering import HERE as PAGES
from matcher.sections import FLOORS, Section
from models.base import utc_now
from models.database import reading

app = typer.Typer()

FACILITATOR = Audience(confidential=True)
# Exit code: mails are pending or were given up.
NOT_ALL = 3
STATES = {"pending": "à confirmer", "suspended": "suspendu", "unsubscribed": "désabonné"}
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@app.command(name="night")
def night_command(
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="La nuit à faire ; par défaut, celle-ci.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tout calculer, ne rien écrire ni envoyer.")] = False,
    report: Annotated[Path | None, typer.Option(help="Où écrire le compte rendu (HTML).")] = None,
) -> None:
    """Fait la nuit, ou ce qu’il en reste : rapproche, écrit, envoie, apprend.

    Sort avec 0 si tout est fait, 3 si des messages attendent ou ont été abandonnés, 1 pour une erreur.
    """
    tonight = night_of(utc_now())
    night = date.date() if date else tonight
    if night > tonight:
        raise typer.BadParameter("cette nuit n’est pas encore venue", param_hint="--date")
    options, database = settings(), engine()
    with Transport.of(options) as transport:
        night_report = run_night(
            desk(database),
            open_signer(options),
            transport,
            night=night,
            now=utc_now,
            dry_run=dry_run,
            stage_progress=lambda stage: ProgressBar(STAGES[stage]),
            options=options,
        )
    print_night(night_report)
    if dry_run:
        console.print("Essai à blanc : rien n’a été écrit ni envoyé.")
    if report:
        report.write_text(standalone_page(night_report), "utf-8")
        console.print(f"Compte rendu : {report}", soft_wrap=True, highlight=False)
    if not dry_run and not night_report.complete:
        raise typer.Exit(NOT_ALL)


@app.command(name="deliver")
def deliver_command() -> None:
    """Envoie les messages qui attendent et dont c’est l’heure. Sort avec 3 s’il en reste ou s’il en a abandonné."""
    options, database = settings(), engine()
    signer = open_signer(options)
    gate = departure_gate(database, lambda: desk(database), signer, options)
    with Transport.of(options) as transport:
        delivery = deliver(
            database,
            transport,
            gate=gate,
            links=departure_links(signer, options),
            now=utc_now,
            progress=ProgressBar(STAGES["send"]),
            options=options,
        )
    settle_nights(database, utc_now())
    counts = (
        plural(delivery.sent, "parti"),
        plural(delivery.deferred, "à réessayer", "à réessayer"),
        plural(delivery.failed, "abandonné"),
    )
    console.print(", ".join(counts), highlight=False)
    if delivery.server_down:
        console.print("Le serveur de courriel ne répond pas : tout attend.")
    if delivery.deferred or delivery.failed or delivery.server_down:
        raise typer.Exit(NOT_ALL)


@app.command(name="nights")
def nights_command(limit: Annotated[int, typer.Option(min=1, help="Combien.")] = 14) -> None:
    """Liste les dernières nuits, la plus récente d’abord."""
    table = Table("nuit", "état", "messages", "annoncé")
    with reading(engine()) as session:
        night_reports = last_nights(session, limit)
    for night_report in night_reports:
        report_values = night_report.as_json()
        mail_words, event_words = (line_words for _, line_words in summary_lines(report_values))
        add_text_row(table, day(report_values["day"]), status_in_words(report_values), mail_words, event_words)
    console.print(table)


@app.command(name="subscribe")
def subscribe_command(
    email: Annotated[str, typer.Argument(help="L’adresse, qui recevra une demande de confirmation.")],
    actor: Annotated[str | None, typer.Option(help="Identifiant, SIRET ou nom de l’acteur à suivre.")] = None,
    search: Annotated[str | None, typer.Option(help="Ou une recherche, en toutes lettres.")] = None,
    departments: Annotated[str, typer.Option(help="Pour une recherche : départements, séparés par des virgules.")] = "",
    frequency: Annotated[Frequency, typer.Option(help="Chaque nuit, chaque semaine, ou en pause.")] = Frequency.NIGHTLY,
    weekday: Annotated[int, typer.Option(min=0, max=6, help="Le jour, chaque semaine : 0 pour lundi.")] = 0,
    least: Annotated[
        LeastSection | None,
        typer.Option(help="La section la plus basse : à appeler d’abord, bonne piste ou à étudier (d’office)."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Ancien : un score, qui vaut la section où il tombe.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Combien de suggestions par message, au plus.")] = 5,
    label: Annotated[str, typer.Option(help="Qui est-ce, pour nous.")] = "",
) -> None:
    """Abonne un partenaire ; rien ne lui est envoyé, sauf la demande, avant qu’il ne confirme."""
    database, options = engine(), settings()
    subscription = subscriptions.subscribe(
        database,
        open_signer(options),
        email,
        actor_id=records.find(database, "actors", actor, FACILITATOR) if actor is not None else None,
        search=search,
        departments=[department_code.strip() for department_code in departments.split(",") if department_code.strip()],
        frequency=frequency,
        weekday=weekday,
        least=least or (LeastSection.TO_STUDY if threshold is None else least_section(threshold)),
        most=most,
        label=label,
        now=utc_now(),
        options=options,
    )
    state_words = (
        "déjà confirmé" if subscription.confirmed_at else "à confirmer par courriel ; `deliver` envoie la demande"
    )
    console.print(f"Abonnement {subscription.id} : {state_words}.", soft_wrap=True, highlight=False)


def _subscriptions_after(database: Engine, after_id: str) -> Sequence[SubscriptionRow]:
    with reading(database) as session:
        return standing.list_subscriptions(session, after=after_id, limit=500)


@app.command(name="subscriptions")
def subscriptions_command() -> None:
    """Liste les abonnements."""
    table = Table("abonnement", "partenaire", "suit", "quand", "à partir de", "au plus", "état")
    after_id = ""
    while subscription_rows := _subscriptions_after(engine(), after_id):
        for subscription, partner, actor in subscription_rows:
            followed_words = f"« {subscription.search} »" if subscription.search else actor.name if actor else ""
            frequency_words = {"nightly": "chaque nuit", "paused": "en pause"}.get(subscription.frequency)
            state_words = "actif" if subscription.confirmed_at else "demandé"
            state_words = state_words if partner.status == "active" else STATES[partner.status]
            subject_cells = (
                subscription.id,
                partner.label or partner.email,
                followed_words,
                frequency_words or f"le {DAYS[subscription.weekday]}",
            )
            figure_cells = (score_in_words(FLOORS[Section(subscription.least)]), str(subscription.most))
            add_text_row(table, *subject_cells, *figure_cells, state_words)
        after_id = subscription_rows[-1].subscription.id
    console.print(table)


@app.command(name="rotate-link-keys")
def rotate_command() -> None:
    """Chiffre les liens des courriels par une nouvelle clé ; ceux des trois dernières valent, les plus anciens plus."""
    rotate_keys(Path(settings().link_keys))
    console.print("Une nouvelle clé chiffre les liens.")


def print_night(night_report: NightReport, title: str = "") -> None:
    """Print a night's report, a line a stage."""
    report_values = night_report.as_json()
    heading = f"Nuit du {day(report_values['day'])}, {status_in_words(report_values)}"
    table = Table(title=f"{title} – {heading}" if title else heading, title_justify="left")
    table.add_column("étape")
    table.add_column("fait", ratio=1)
    table.add_column("durée", justify="right")
    for stage_cells in stage_lines(report_values):
        add_text_row(table, *stage_cells)
    for line_name, line_words in summary_lines(report_values):
        table.add_row(Text(line_name), Text(line_words), "")
    console.print(table)


def standalone_page(night_report: NightReport) -> str:
    """Return the report as an HTML page that needs no other file."""
    style_sheet = (PAGES / "static/style.css").read_text("utf-8")
    page_html = bytes(report_page(night_report.as_json()).body).decode()
    return page_html.replace('<link rel="stylesheet" href="/static/style.css">', f"<style>\n{style_sheet}</style>")
