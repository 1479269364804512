"""Keeps a snapshot of the tables up to date: aside, by a thread of its own, or for whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.audience import Audience
from api.catalogue.changes import change_counter
from api.confidentiality.told_lines import ToldElsewhereError, record_lines
from api.core.progress import EncodingProgress, Progress
from api.learning import queries as learning_queries
from api.learning.weights import active_version, read_deviations, read_weights
from api.matching.content import Content, make_content
from api.matching.desk_state import DeskState, difference, texts_to_come
from api.matching.kept_columns import KeptColumns
from api.matching.reading import Records, hold_back, read_records
from api.matching.snapshot import Mask, Snapshot, live_mask
from api.matching.vectors import VectorStore
from matcher.embedding import Encoder
from matcher.index import ActorIndex, OpportunityIndex, updated
from matcher.matching import Matcher
from models.database import reading
from models.weights import WeightsVersion

# How long somebody of the house waits at most for what was written before they asked.
PATIENCE_SECONDS = 2.0
# So many texts, those of a few edits, are encoded before the rows are shown; of more, so many in turn.
AT_ONCE, PORTION = 64, 32
# How often a command begins again where another process told a line of the same case meanwhile.
TRIES = 5
# While many texts are encoded, how often what is ready of them is shown.
SHOW_SECONDS = 5.0


# What is made of a snapshot beside it, before it is swapped.
Prepare = Callable[[Snapshot], object]


class Desk:
    """Keeps a snapshot of the tables.

    Where a builder runs (`api.matching.builder`), nobody who asks for the snapshot builds it. Elsewhere, in commands,
    whoever asks brings it up to date.
    """

    def __init__(
        self,
        engine: Engine,
        encoder: Encoder,
        departments: Sequence[str],
        progress: Progress | None = None,
        kept: KeptColumns | None = None,
    ) -> None:
        """departments: the codes of the départements that the desk serves. kept: where it is kept between starts."""
        self.engine = engine
        self.departments = frozenset(departments)
        self.encoder = encoder
        self.vectors = VectorStore(engine, encoder, progress)
        self._kept = kept
        self._keeping: threading.Thread | None = None
        self.is_served = False
        self.encoding = EncodingProgress()
        # Set where somebody of the house waits for what the builder has not seen yet.
        self.asked = threading.Event()
        self._building = threading.RLock()
        self._swapped = threading.Condition()
        self._state: DeskState | None = None
        self._masked: tuple[Snapshot, Mask, Snapshot] | None = None

    def snapshot(self, session: Session | None = None) -> Snapshot:
        """Return the desk as it was last made ready, or without a builder as it is now; only one thread builds it.

        session: one that is open already, to read in whether anything changed.
        """
        state = self._state
        if state is None or not self.is_served:
            state = self.refresh(session)
        return state.snapshot

    def snapshot_for(self, audience: Audience, session: Session | None = None) -> Snapshot:
        """Return the snapshot for somebody who asks: those of the house wait for it, outsiders are told no secret."""
        return self.current(session) if audience.confidential else self.public(session)

    def current(self, session: Session | None = None) -> Snapshot:
        """Return the desk with all that was written before this call, for the house: who wrote sees it.

        Waits for the builder, but no longer than PATIENCE_SECONDS; then returns what is ready. session: one that is
        open already, to read how far the tables are; all that it can see is waited for.
        """
        if self.is_served:
            self.catch_up(PATIENCE_SECONDS, session)
        return self.snapshot(session)

    def public(self, session: Session | None = None) -> Snapshot:
        """Return the desk as it is ready, for an outsider: nothing in it is public that is confidential by now.

        Never waits: how long an answer takes must not tell what was written before. session: one that is open already,
        to read what is confidential.
        """
        snapshot = self.snapshot(session)
        with self._reading(session) as opened:
            mask = live_mask(opened)
        known = self._masked
        if known is None or known[0] is not snapshot or known[1] != mask:
            known = self._masked = (snapshot, mask, snapshot.masked(mask))
        return known[2]

    def wait_until_ready(self, counter: int, seconds: float) -> bool:
        """Wait until the snapshot holds all changes up to a value of the counter; return whether it does."""
        with self._swapped:
            if self._state is None or self._state.reached < counter:
                self.asked.set()
            return self._swapped.wait_for(lambda: self._state is not None and self._state.reached >= counter, seconds)

    def catch_up(self, seconds: float, session: Session | None = None) -> bool:
        """Wait until the snapshot holds all that is written now; return whether it does."""
        with self._reading(session) as opened:
            counter = change_counter(opened)
        return self.wait_until_ready(counter, seconds)

    def _reading(self, session: Session | None) -> AbstractContextManager[Session]:
        return nullcontext(session) if session else reading(self.engine)

    def refresh(self, session: Session | None = None) -> DeskState:
        """Bring the snapshot up to date, whatever must be encoded for it. session: to read in whether anything is."""
        with self._building:
            state = self._state
            if state and session and not state.waiting and change_counter(session) <= state.reached:
                return state
            for _ in range(TRIES):
                with suppress(ToldElsewhereError):
                    return self._refreshed(state)
            return self._refreshed(state)

    def _refreshed(self, state: DeskState | None) -> DeskState:
        before = state or self._read_kept()
        records, version = self._read(before)
        if state and state.shown is records:
            return state
        return self._swap(records, records, version, frozenset(), before=before)

    def _read_kept(self) -> DeskState | None:
        """Return the desk as it was when its file was written; nobody is shown it before it is brought up to date."""
        if not self._kept:
            return None
        with reading(self.engine) as session:
            kept = self._kept.read(session, self.departments)
            version = learning_queries.active_weights(session)
        if kept is None or version is None:
            return None
        records, content = kept.records, make_content(kept.records, self.departments, described=kept.described)
        actors, opportunities = kept.actors(content.actors), kept.opportunities(content.opportunities.rows)
        snapshot = self._snapshot_of(content, version, actors, opportunities)
        return DeskState(records.counter, records, records, content, version, snapshot, frozenset())

    def keep(self) -> None:
        """Write the desk's file where that is due, aside: nobody waits for it."""
        state = self._state
        if not self._kept or state is None or state.waiting or (self._keeping and self._keeping.is_alive()):
            return
        if self._kept.is_due(state.records):
            snapshot = state.snapshot
            indexes = (snapshot.actors, snapshot.opportunities)
            arguments = (self.engine, state.records, state.content.establishments, *indexes)
            self._keeping = threading.Thread(target=self._kept.write, args=arguments, name="columns", daemon=True)
            self._keeping.start()

    def wait_until_kept(self) -> None:
        """Wait until what is being written is."""
        if self._keeping:
            self._keeping.join()

    def give_back_pages(self) -> None:
        """Let the system have what this process looked at of the desk's file: for who has done a portion of work."""
        if self._kept:
            self._kept.give_back_pages()

    def advance(self, *, show: bool, prepare: Prepare | None = None) -> bool:
        """Show what changed, but for rows with many new texts; then encode a portion of those.

        show: show the rows whose texts are encoded by now, even if others still wait. prepare: is called with a new
        snapshot before anybody is given it. Return whether anything is still to be done.
        """
        with self._building:
            state = self._state
            assert state, "a first snapshot is made by `snapshot`"
            records, version = self._read(state)
            try:
                if records is not state.records:
                    waiting = self._encode_few(records, state)
                    state = self._swap(records, hold_back(records, state.shown, waiting), version, waiting, prepare)
                waiting = self._encode_portion(state) if state.waiting else frozenset()
                if waiting:
                    # Not « none » before their rows are shown.
                    self.encoding = self.encoding.now_waiting(len(waiting))
                if state.waiting and (show or not waiting):
                    self._swap(records, hold_back(records, state.shown, waiting), version, waiting, prepare)
            except ToldElsewhereError:
                return True
        self.vectors.save()
        return bool(waiting)

    def _read(self, state: DeskState | None) -> tuple[Records, WeightsVersion]:
        with reading(self.engine) as session:
            records = read_records(session, state.records if state else None)
            if state and records is state.records:
                return records, state.version
            version = learning_queries.active_weights(session)
        if version is None:
            # With no weights yet this stores the first; the counter moves on.
            active_version(self.engine)
            return self._read(state)
        return records, version

    def _encode_few(self, records: Records, state: DeskState) -> frozenset[str]:
        """Encode the new texts of what changed just now, unless they are many; return the ids of the rows that wait."""
        texts = texts_to_come(records, state)
        missing = self.vectors.missing({text for own in texts.values() for text in own})
        new = {text for row_id, own in texts.items() if row_id not in state.waiting for text in own & missing}
        if new and len(new) <= AT_ONCE:
            self.vectors.encode(new)
            missing -= new
        return frozenset(row_id for row_id, own in texts.items() if own & missing)

    def _encode_portion(self, state: DeskState) -> frozenset[str]:
        """Encode some of the texts that rows wait for; return the ids of the rows that still wait."""
        texts = texts_to_come(state.records, state)
        missing = self.vectors.missing({text for own in texts.values() for text in own})
        portion = set(sorted(missing)[:PORTION])
        if portion:
            self.vectors.encode(portion)
        return frozenset(row_id for row_id, own in texts.items() if own & (missing - portion))

    def _swap(
        self,
        records: Records,
        shown: Records,
        version: WeightsVersion,
        waiting: frozenset[str],
        prepare: Prepare | None = None,
        before: DeskState | None = None,
    ) -> DeskState:
        before = before or self._state
        if before and shown is before.shown:
            content = before.content
        else:
            content = make_content(shown, self.departments, before.content if before else None)
        if new_lines := content.opportunities.new_lines:
            record_lines(self.engine, new_lines)
            content = replace(content, opportunities=replace(content.opportunities, new_lines={}))
        weights = (version.id, version.values)
        if before and content is before.content and weights == (before.version.id, before.version.values):
            snapshot = before.snapshot
        else:
            snapshot = self._make(content, version, before)
        if prepare and not (before and snapshot is before.snapshot):
            prepare(snapshot)
        state = DeskState(records.counter, records, shown, content, version, snapshot, waiting)
        with self._swapped:
            self._state = state
            self.encoding = self.encoding.now_waiting(len(waiting))
            self._swapped.notify_all()
        return state

    def _make(self, content: Content, version: WeightsVersion, before: DeskState | None) -> Snapshot:
        if before:
            actors, opportunities = before.snapshot.actors, before.snapshot.opportunities
            changes = content.actor_changes if content is not before.content else None
            if changes and (changes.changed or changes.removed):
                actors = updated(actors, changes.changed.values(), changes.removed, self.vectors.rows)
            changed_too, removed_too = difference(before.content.opportunities.rows, content.opportunities.rows)
            if changed_too or removed_too:
                opportunities = opportunities.updated(changed_too, removed_too, self.vectors.rows)
        else:
            actors = ActorIndex.build(content.actors.values(), self.vectors.rows)
            opportunities = OpportunityIndex.build(content.opportunities.rows, self.vectors.rows)
        return self._snapshot_of(content, version, actors, opportunities)

    def _snapshot_of(
        self, content: Content, version: WeightsVersion, actors: ActorIndex, opportunities: OpportunityIndex
    ) -> Snapshot:
        matcher = Matcher(
            read_weights(version.values),
            self.encoder.similarity_range,
            open_units=len(actors) - actors.count_units(content.confidential),
        )
        matcher.read_ahead(actors)
        snapshot = Snapshot(
            actors=actors,
            opportunities=opportunities,
            actor_cards=content.actor_cards,
            opportunity_cards=content.opportunities.cards,
            confidential=content.confidential,
            teasers=content.opportunities.teasers,
            teaser_texts=content.opportunities.teaser_texts,
            cancelled=content.opportunities.cancelled,
            gazetteer=content.gazetteer,
            departments=self.departments,
            matcher=matcher,
            deviations=read_deviations(version.values),
            weights_id=version.id,
            encoder_revision=self.encoder.revision,
        )
        # Nobody who asks first waits for it.
        _ = snapshot.public_actors
        return snapshot
