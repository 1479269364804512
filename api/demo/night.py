"""A night for show: the invented world, a few invented partners, and a catcher of mails on this machine."""

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
from api.night.run import NightReport, run_night
from api.subscriptions.confirming import confirm
from api.subscriptions.subscriptions import subscribe

# Who they are, and what they follow: fixtures' ids of actors, or words.
PARTNERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("camille.reseau@exemple.invalid", {"actor": "a001"}),
    ("camille.reseau@exemple.invalid", {"actor": "a002"}),
    ("alex.scop@exemple.invalid", {"actor": "a010", "most": 3}),
    ("dominique.cooperative@exemple.invalid", {"search": "menuiserie bois et charpente", "departments": ["07", "26"]}),
    ("sacha.insertion@exemple.invalid", {"search": "entretien d’espaces verts", "departments": ["26"], "most": 4}),
    ("lou.pause@exemple.invalid", {"search": "nettoyage de locaux", "frequency": "paused"}),
)


def demo_night(engine: Engine, folder: Path, options: Settings) -> Iterator[tuple[NightReport, int]]:
    """Run tonight twice on the invented world; yield what each run did, and how many mails were caught in it.

    Mails are written in `folder` as they came (.eml), and their HTML beside (.html).
    """
    signer, night = open_signer(options), night_of(datetime.now(UTC))
    for name, kind in FIXTURE_FILES:
        ingest(engine, FIXTURES / name, kind, source="demo", shift_days=(night - FIXTURES_TODAY).days)
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.eml"), *folder.glob("*.html")):
        old.unlink()
    table = desk(engine)
    with _catcher(folder) as (port, caught):
        there = options.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"})
        _invite(engine, signer, there)
        for _turn in range(2):
            before = len(caught)
            with Transport.of(there) as transport:
                found = run_night(table, signer, transport, night=night, now=lambda: datetime.now(UTC), options=there)
            yield found, len(caught) - before


def _invite(engine: Engine, signer: Signer, options: Settings) -> None:
    """Subscribe the partners, who get the request to confirm, and confirm."""
    asked = []
    for email, wishes in PARTNERS:
        rest = {name: value for name, value in wishes.items() if name != "actor"}
        if "actor" in wishes:
            rest["actor_id"] = records.find(engine, "actors", wishes["actor"], Audience(confidential=True))
        asked.append(subscribe(engine, signer, email, now=datetime.now(UTC), options=options, **rest).id)
    with Transport.of(options) as transport:
        deliver(engine, transport, now=lambda: datetime.now(UTC), options=options)
    for subscription_id in asked:
        confirm(engine, subscription_id, now=datetime.now(UTC))


@contextmanager
def _catcher(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Listen on a free port of this machine; yield it, and the Message-IDs of what was taken so far."""
    from aiosmtpd.controller import Controller

    caught: list[str] = []

    class Catch:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            stem = folder / f"{len(caught) + 1:02d}"
            stem.with_suffix(".eml").write_bytes(envelope.content)
            html = message.get_body(("html",))
            if html:
                stem.with_suffix(".html").write_text(html.get_content(), "utf-8")
            caught.append(str(message["Message-ID"]))
            return "250 OK"

    controller = Controller(Catch(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield controller.port, caught
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
