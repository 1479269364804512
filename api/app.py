"""The web application: the JSON API, the pages behind links in mails, errors, documentation.

It listens at once and says when it is ready.
"""

import gc
import logging
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.accounts.account_keys import AccountKeys
from api.accounts.hashing_pool import HashingPool
from api.accounts.rate_limits import RateLimits
from api.catalogue.places.book import process_book
from api.core.clock import Clock
from api.core.errors import SettingsError
from api.core.settings import Settings, settings
from api.matching.builder import SnapshotBuilder
from api.matching.columns_path import columns_path
from api.matching.desk import Desk
from api.matching.encoder import open_encoder
from api.matching.kept_columns import KeptColumns
from api.matching.leads import LeadCounts
from api.partner_view.building import PartnerSpaces
from api.partner_view.ties import Ties
from api.privacy.revocations import revocations_of
from api.routes import all_routes
from api.search.finding import Finder
from api.understanding.drafts import UnwrittenDrafts
from api.web import docs_page, error_pages, problems, rendering, visitors
from api.web.body_limit import FORM_LIMITS, BodyLimit
from api.web.computing_turns import ComputingTurns
from api.web.known_hosts import KnownHosts
from api.web.network_limit import NetworkLimit
from api.web.null_characters import refuse_null_characters
from api.web.refusal_log import RefusalLog
from api.web.security_headers import SecurityHeaders
from matcher.embedding import Encoder
from models.background import BackgroundWriter
from models.base import utc_now
from models.database import MOST_READERS, open_database
from models.group_commit import GroupedWriter

logger = logging.getLogger(__name__)

DESCRIPTION = """
Le moteur de rapprochement de Pôle Sud : quels acteurs de l’économie sociale et solidaire de Drôme et d’Ardèche
conviennent à quelle opportunité, à quel point, et pourquoi.

Toutes les routes, sauf `/health` et `/ready`, demandent une clé dans l’en-tête `X-API-Key`.
"""


class _Application(FastAPI):
    """The application within what every request passes, even one that fails: proxies, headers, hosts."""

    def __init__(self, options: Settings, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._options = options

    def build_middleware_stack(self) -> ASGIApp:
        known = KnownHosts(super().build_middleware_stack(), self._options)
        whole: ASGIApp = SecurityHeaders(RefusalLog(known), self._options)
        if not self._options.trusted_proxies:
            return whole
        return ProxyHeadersMiddleware(whole, list(self._options.trusted_proxies))  # type: ignore[arg-type,return-value]


def served_app() -> FastAPI:
    """Return the application of this process's settings, for a server that asks for a factory."""
    options = settings()
    return create_app(options, freeze=True, columns=columns_path(options))


def create_app(
    options: Settings,
    *,
    encoder: Encoder | None = None,
    clock: Clock = utc_now,
    freeze: bool = False,
    hashing: HashingPool | None = None,
    columns: Path | None = None,
) -> FastAPI:
    """Return the application over a database and an encoder; both are opened when it starts.

    encoder: one that is open already, else that of the settings. hashing: the pool for passwords, else one of the
    settings. clock: returns the present moment, in UTC.
    columns: the file in which the desk is kept between starts, None for none.
    freeze: whatever the process holds once the desk is ready is kept for good, and the garbage collector never looks
    through it again. It speeds up a process that serves, and fills the memory of one that opens many applications.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = open_database(
            options.database_url, wait_s=options.write_wait_s, ledger=revocations_of(options)
        )
        app.state.writer = GroupedWriter(app.state.engine)
        app.state.background = BackgroundWriter(app.state.engine)
        app.state.readers = anyio.Semaphore(MOST_READERS)
        app.state.turns = ComputingTurns()
        app.state.places = process_book()
        app.state.unwritten_drafts = UnwrittenDrafts()
        app.state.lead_counts = LeadCounts()
        app.state.hashing = hashing or HashingPool(options.hashing_threads, options.hashing_places)
        counters_key = AccountKeys.of(app.state.signers.newest()).counters[-1]
        app.state.rate_limits = RateLimits(app.state.engine, counters_key, options, clock)
        app.state.rate_limits.start()
        # The port opens before the encoder is loaded: a supervisor then sees « starting », not a refused connection.
        opening = threading.Thread(target=_open_desk, args=(app, options, encoder, freeze, columns), daemon=True)
        opening.start()
        yield
        opening.join()
        if builder := getattr(app.state, "builder", None):
            builder.stop()
        app.state.hashing.close()
        await run_in_threadpool(app.state.lead_counts.close)
        app.state.rate_limits.stop()
        app.state.writer.close()
        await run_in_threadpool(app.state.background.close)
        app.state.engine.dispose()
        # Who holds on to the application (a cache of FastAPI does) must not keep the whole desk with it.
        for name in ("desk", "partner_spaces", "builder", "counts"):
            if hasattr(app.state, name):
                delattr(app.state, name)

    app = _Application(
        options,
        title="Pôle Sud – rapprochements",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        # A page of our own (`docs_page`): FastAPI's holds a script, and asks another site for the rest.
        docs_url=None,
        redoc_url=None,
        # Its address would be made of the header Host.
        redirect_slashes=False,
        form_limits=FORM_LIMITS,
        dependencies=[Depends(refuse_null_characters)],
    )
    app.router.routes.extend(all_routes())
    app.state.clock = clock
    problems.install(app)
    rendering.install(app, options)
    visitors.install(app, options)
    error_pages.install(app)
    app.add_middleware(BodyLimit, most_bytes=options.body_kilobytes * 1000)
    app.add_middleware(NetworkLimit)
    docs_page.install(app)
    return app


def _open_desk(app: FastAPI, options: Settings, encoder: Encoder | None, freeze: bool, columns: Path | None) -> None:
    # What is made here stays: to look through it for garbage, again and again while it grows, is a third of the time.
    gc.disable()
    try:
        encoder = encoder or open_encoder(options)
        kept = KeptColumns(columns, encoder.revision) if columns else None
        desk = Desk(app.state.engine, encoder, options.departments, kept=kept)
        spaces = PartnerSpaces(desk, Ties.of(app.state.signers.newest()))
        finder = Finder()
        builder = SnapshotBuilder(desk, spaces.prepare, partial(finder.prepare, desk.engine))
        builder.start()
        app.state.builder, app.state.partner_spaces, app.state.finder = builder, spaces, finder
        app.state.desk = desk
        # Who searches in the first second waits for it; nobody else does.
        finder.prepare(desk.engine, desk.snapshot())
        desk.snapshot().read_ahead()
        if freeze:
            gc.freeze()
    except SettingsError as error:
        logger.critical("%s : %s", error.title, error.detail)
        signal.raise_signal(signal.SIGTERM)
        return
    except Exception:
        # Without a desk there is no service: better no process, which a supervisor sees, than one never ready.
        logger.exception("the desk could not be opened")
        signal.raise_signal(signal.SIGTERM)
        return
    finally:
        gc.enable()
