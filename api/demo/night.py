"""The night of the demonstration: the invented world, invented partners, and a local mail catcher."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.catalogue import records
from api.commands.terminal import desk
from api.core.clock import night_of
from api.core.settings import Settings
from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.mailing.delivery import deliver
from api.mailing.links import Signer, open_signer
from api.mailing.transport import Transport
from api.matching.desk import Desk
from api.night.departure import departure_gate, departure_links
from api.night.reports import NightReport
from api.night.run import run_night
from api.subscriptions.confirming import confirm
from api.subscriptions.subscriptions import subscribe

# Partners' addresses, and what they follow: an actor's id in the fixtures, or a search.
PARTNERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("camille.reseau@exemple.invalid", {"actor": "a001"}),
    ("camille.reseau@exemple.invalid", {"actor": "a002"}),
    ("alex.scop@exemple.invalid", {"actor": "a010", "most": 3}),
    ("dominique.cooperative@exemple.invalid", {"search": "menuiserie bois et charpente", "departments": ["07", "26"]}),
    ("sacha.insertion@exemple.invalid", {"search": "entretien d’espaces verts", "departments": ["26"], "most": 4}),
    ("lou.pause@exemple.invalid", {"search": "nettoyage de locaux", "frequency": "paused"}),
)


def demo_night(engine: Engine, folder: Path, options: Settings) -> Iterator[tuple[NightReport, int]]:
    """Run tonight twice on the invented world; yield each run's report and its number of caught mails.

    Mails are written in `folder` as they came (.eml), with their HTML beside (.html).
    """
    signer, night = open_signer(options), night_of(datetime.now(UTC))
    for file_name, kind in FIXTURE_FILES:
        ingest(engine, FIXTURES / file_name, kind, source="demo", shift_days=(night - FIXTURES_TODAY).days)
    folder.mkdir(parents=True, exist_ok=True)
    for former_file in (*folder.glob("*.eml"), *folder.glob("*.html")):
        former_file.unlink()
    demo_desk = desk(engine)
    with _catcher(folder) as (port, caught_ids):
        catcher_options = options.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
        )
        _invite(demo_desk, signer, catcher_options)
        for _turn in range(2):
            n_before = len(caught_ids)
            with Transport.of(catcher_options) as transport:
                night_report = run_night(
                    demo_desk, signer, transport, night=night, now=lambda: datetime.now(UTC), options=catcher_options
                )
            yield night_report, len(caught_ids) - n_before


def _invite(desk: Desk, signer: Signer, options: Settings) -> None:
    """Subscribe the partners, send the confirmation requests, and confirm."""
    engine, subscription_ids = desk.engine, []
    for partner_email, subscription_wishes in PARTNERS:
        subscribe_arguments = {
            wish_name: wish_value for wish_name, wish_value in subscription_wishes.items() if wish_name != "actor"
        }
        if "actor" in subscription_wishes:
            subscribe_arguments["actor_id"] = records.find(
                engine, "actors", subscription_wishes["actor"], Audience(confidential=True)
            )
        subscription_ids.append(
            subscribe(engine, signer, partner_email, now=datetime.now(UTC), options=options, **subscribe_arguments).id
        )
    gate = departure_gate(engine, lambda: desk, signer, options)
    with Transport.of(options) as transport:
        links = departure_links(signer, options)
        deliver(engine, transport, gate=gate, links=links, now=lambda: datetime.now(UTC), options=options)
    for subscription_id in subscription_ids:
        confirm(engine, subscription_id, now=datetime.now(UTC))


@contextmanager
def _catcher(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Listen on a free local port; yield it, and the Message-IDs of the mails caught so far."""
    from aiosmtpd.controller import Controller

    caught_ids: list[str] = []

    class Catch:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            file_stem = folder / f"{len(caught_ids) + 1:02d}"
            file_stem.with_suffix(".eml").write_bytes(envelope.content)
            html_part = message.get_body(("html",))
            if html_part:
                file_stem.with_suffix(".html").write_text(html_part.get_content(), "utf-8")
            caught_ids.append(str(message["Message-ID"]))
            return "250 OK"

    controller = Controller(Catch(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield controller.port, caught_ids
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
