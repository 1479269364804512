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
from api.commands.terminal import Bar, console, desk, engine
from api.core.clock import night_of
from api.core.french import day, number
from api.core.settings import settings
from api.mailing.delivery import deliver
from api.mailing.links import open_signer, rotate_keys
from api.mailing.transport import Transport
from api.night.run import NightReport, last_nights, run_night, settle_nights
from api.night.wording import STAGES, stage_lines, status_in_words, summary_lines
from api.subscriptions import standing, subscriptions
from api.subscriptions.preferences import Frequency
from api.subscriptions.queries import SubscriptionRow
from api.web.admin.nights import report_page
from api.web.rendering import HERE as PAGES
from models.base import utc_now
from models.database import reading

app = typer.Typer()

FACILITATOR = Audience(confidential=True)
# Mails wait, or some were given up.
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
    options, opened = settings(), engine()
    with Transport.of(options) as transport:
        found = run_night(
            desk(opened),
            open_signer(options),
            transport,
            night=night,
            now=utc_now,
            dry_run=dry_run,
            told=lambda stage: Bar(STAGES[stage]),
            options=options,
        )
    print_night(found)
    if dry_run:
        console.print("Essai à blanc : rien n’a été écrit ni envoyé.")
    if report:
        report.write_text(page_of(found), "utf-8")
        console.print(f"Compte rendu : {report}", soft_wrap=True, highlight=False)
    if not dry_run and not found.complete:
        raise typer.Exit(NOT_ALL)


@app.command(name="deliver")
def deliver_command() -> None:
    """Envoie les messages qui attendent et dont c’est l’heure. Sort avec 3 s’il en reste ou s’il en a abandonné."""
    options, opened = settings(), engine()
    with Transport.of(options) as transport:
        done = deliver(opened, transport, now=utc_now, progress=Bar(STAGES["send"]), options=options)
    settle_nights(opened, utc_now())
    told = {"partis": done.sent, "à réessayer": done.deferred, "abandonnés": done.failed}
    console.print(", ".join(f"{number(count)} {word}" for word, count in told.items()), highlight=False)
    if done.server_down:
        console.print("Le serveur de courriel ne répond pas : tout attend.")
    if done.deferred or done.failed or done.server_down:
        raise typer.Exit(NOT_ALL)


@app.command(name="nights")
def nights_command(limit: Annotated[int, typer.Option(min=1, help="Combien.")] = 14) -> None:
    """Liste les dernières nuits, la plus récente d’abord."""
    table = Table("nuit", "état", "messages", "annoncé")
    with reading(engine()) as session:
        nights = last_nights(session, limit)
    for one in nights:
        told = one.as_json()
        mails, events = (words for _, words in summary_lines(told))
        table.add_row(*(Text(cell) for cell in (day(told["day"]), status_in_words(told), mails, events)))
    console.print(table)


@app.command(name="subscribe")
def subscribe_command(
    email: Annotated[str, typer.Argument(help="L’adresse, qui recevra une demande de confirmation.")],
    actor: Annotated[str | None, typer.Option(help="Identifiant, SIRET ou nom de l’acteur à suivre.")] = None,
    search: Annotated[str | None, typer.Option(help="Ou une recherche, en toutes lettres.")] = None,
    departments: Annotated[str, typer.Option(help="Pour une recherche : départements, séparés par des virgules.")] = "",
    frequency: Annotated[Frequency, typer.Option(help="Chaque nuit, chaque semaine, ou en pause.")] = Frequency.NIGHTLY,
    weekday: Annotated[int, typer.Option(min=0, max=6, help="Le jour, chaque semaine : 0 pour lundi.")] = 0,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Le score le plus bas.")] = 0.2,
    most: Annotated[int, typer.Option(min=1, help="Combien de suggestions par message, au plus.")] = 5,
    label: Annotated[str, typer.Option(help="Qui est-ce, pour nous.")] = "",
) -> None:
    """Abonne un partenaire ; rien ne lui est envoyé, sauf la demande, avant qu’il ne confirme."""
    opened, options = engine(), settings()
    found = subscriptions.subscribe(
        opened,
        open_signer(options),
        email,
        actor_id=records.find(opened, "actors", actor, FACILITATOR) if actor is not None else None,
        search=search,
        departments=[one.strip() for one in departments.split(",") if one.strip()],
        frequency=frequency,
        weekday=weekday,
        threshold=threshold,
        most=most,
        label=label,
        now=utc_now(),
        options=options,
    )
    state = "déjà confirmé" if found.confirmed_at else "à confirmer par courriel ; `deliver` envoie la demande"
    console.print(f"Abonnement {found.id} : {state}.", soft_wrap=True, highlight=False)


def _subscriptions_after(base: Engine, after: str) -> Sequence[SubscriptionRow]:
    with reading(base) as session:
        return standing.list_subscriptions(session, after=after, limit=500)


@app.command(name="subscriptions")
def subscriptions_command() -> None:
    """Liste les abonnements."""
    table = Table("abonnement", "partenaire", "suit", "quand", "seuil", "au plus", "état")
    after = ""
    while rows := _subscriptions_after(engine(), after):
        for subscription, partner, actor in rows:
            what = f"« {subscription.search} »" if subscription.search else actor.name if actor else ""
            when = {"nightly": "chaque nuit", "paused": "en pause"}.get(subscription.frequency)
            state = "actif" if subscription.confirmed_at else "demandé"
            state = state if partner.status == "active" else STATES[partner.status]
            cells = (subscription.id, partner.label or partner.email, what, when or f"le {DAYS[subscription.weekday]}")
            figures = (number(subscription.threshold, 2), str(subscription.most))
            table.add_row(*(Text(cell) for cell in (*cells, *figures, state)))
        after = rows[-1].subscription.id
    console.print(table)


@app.command(name="rotate-link-keys")
def rotate_command() -> None:
    """Signe les liens des courriels d’une nouvelle clé ; les trois dernières valent, les liens plus anciens plus."""
    rotate_keys(Path(settings().link_keys))
    console.print("Une nouvelle clé signe les liens.")


def print_night(found: NightReport, title: str = "") -> None:
    """Print what a night did, a line a stage."""
    told = found.as_json()
    heading = f"Nuit du {day(told['day'])}, {status_in_words(told)}"
    table = Table(title=f"{title} – {heading}" if title else heading, title_justify="left")
    table.add_column("étape")
    table.add_column("fait", ratio=1)
    table.add_column("durée", justify="right")
    for cells in stage_lines(told):
        table.add_row(*(Text(cell) for cell in cells))
    for name, words in summary_lines(told):
        table.add_row(Text(name), Text(words), "")
    console.print(table)


def page_of(found: NightReport) -> str:
    """Return the report as a page that stands alone in its file."""
    style = (PAGES / "static/style.css").read_text("utf-8")
    html = bytes(report_page(found.as_json()).body).decode()
    return html.replace('<link rel="stylesheet" href="/static/style.css">', f"<style>\n{style}</style>")
