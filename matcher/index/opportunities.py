"""Opportunities, or lots of tenders, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from matcher import text_fields
from matcher.columns import Encode, PhraseTable, Places, column, days, padded_texts
from matcher.geography import department_of
from matcher.lexical import spelling_rows, word_rows
from matcher.nomenclature import affinity, naf_positions
from matcher.roles.cases import case_asks
from matcher.sector_head import affinity_by_words
from matcher.splicing import Splice
from matcher.types import BoolArray, FloatArray, Form, Opportunity, OpportunityKind, Reservation, StrArray, form_of

_KIND_TYPE = np.dtype(f"U{max(map(len, OpportunityKind))}")
_FORM_TYPE = np.dtype(f"U{max(map(len, Form))}")


@dataclass(frozen=True)
class OpportunityIndex:
    """Opportunities (or lots) as arrays, a row each."""

    opportunities: tuple[Opportunity, ...]
    kinds: StrArray
    forms: StrArray
    phrases: PhraseTable
    words: sparse.csr_matrix
    spelling: sparse.csr_matrix
    affinity: FloatArray  # (n, 732): how well each NAF class suits; without a code by its title
    places: Places
    amount_eur: FloatArray
    headcount: FloatArray
    published_on: FloatArray  # proleptic ordinal of the day
    deadline: FloatArray  # same
    open: BoolArray
    reserved: BoolArray  # (n, len(Reservation))
    own_sirens: StrArray  # (n, most of one row), "" pads
    asks: BoolArray  # (n, 4): of takeovers, the fields of CaseAsks

    @classmethod
    def build(cls, opportunities: Iterable[Opportunity], encode: Encode) -> OpportunityIndex:
        """Index opportunities; their order does not matter, they are sorted by id."""
        rows = tuple(sorted(opportunities, key=lambda row: row.id))
        unknown = np.full(len(naf_positions()), np.nan, np.float32)
        phrases = PhraseTable.build([text_fields.opportunity_phrases(row) for row in rows], encode)
        # Without a code, what its title speaks of.
        titles = phrases.text_of[phrases.starts]
        affinities = [
            affinity_by_words(phrases.vectors[title]) if (suits := affinity(row.naf, row.cpv)) is None else suits
            for row, title in zip(rows, titles, strict=True)
        ]
        return cls(
            opportunities=rows,
            kinds=np.array([row.kind for row in rows], _KIND_TYPE),
            forms=np.array([form_of(row) for row in rows], _FORM_TYPE),
            phrases=phrases,
            words=word_rows([text_fields.opportunity_words(row) for row in rows]),
            spelling=spelling_rows([text_fields.opportunity_words(row) for row in rows]),
            affinity=np.array([unknown if a is None else a for a in affinities], np.float32).reshape(
                len(rows), len(unknown)
            ),
            places=Places.build(rows),
            amount_eur=column(row.amount_eur for row in rows),
            headcount=column(row.headcount for row in rows),
            published_on=days(row.published_on for row in rows),
            deadline=days(row.deadline for row in rows),
            open=np.array([row.open for row in rows], np.bool_),
            reserved=np.array([[r in row.reserved for r in Reservation] for row in rows], np.bool_).reshape(
                len(rows), len(Reservation)
            ),
            own_sirens=padded_texts([sorted(row.own_sirens) for row in rows]),
            asks=np.array([astuple(case_asks(row)) for row in rows], np.bool_).reshape(len(rows), 4),
        )

    def updated(self, changed: Iterable[Opportunity], removed: Iterable[str], encode: Encode) -> OpportunityIndex:
        """Return what `build` would return, bit for bit, where some opportunities changed or came, and others went.

        removed: ids. Only texts that are new to the index are encoded.
        """
        fresh = OpportunityIndex.build(changed, self.phrases.recalling(encode))
        own_ids = np.array([row.id for row in self.opportunities], np.str_)
        rows = Splice.of(own_ids, [row.id for row in fresh.opportunities], removed)
        return OpportunityIndex(
            opportunities=rows.tuple(self.opportunities, fresh.opportunities),
            kinds=rows.array(self.kinds, fresh.kinds),
            forms=rows.array(self.forms, fresh.forms),
            phrases=self.phrases.spliced(fresh.phrases, rows),
            words=rows.matrix(self.words, fresh.words),
            spelling=rows.matrix(self.spelling, fresh.spelling),
            affinity=rows.array(self.affinity, fresh.affinity),
            places=self.places.spliced(fresh.places, rows),
            amount_eur=rows.array(self.amount_eur, fresh.amount_eur),
            headcount=rows.array(self.headcount, fresh.headcount),
            published_on=rows.array(self.published_on, fresh.published_on),
            deadline=rows.array(self.deadline, fresh.deadline),
            open=rows.array(self.open, fresh.open),
            reserved=rows.array(self.reserved, fresh.reserved),
            own_sirens=rows.padded(self.own_sirens, fresh.own_sirens, ""),
            asks=rows.array(self.asks, fresh.asks),
        )

    def having(self, column: str, values: Collection[str]) -> BoolArray:
        """Return which opportunities `(n,)` have one of some values in a column: their kinds, or their départements."""
        return np.array([value in values for value in getattr(self, column)], np.bool_)

    @cached_property
    def required_approvals(self) -> tuple[tuple[str, ...], BoolArray]:
        """Return the approvals that any of them requires, by name, and which each one does `(n, n_names)`."""
        required = [row.required_approvals for row in self.opportunities]
        names = tuple(sorted(frozenset[str]().union(*required)))
        needs = np.array([[name in row for name in names] for row in required], np.bool_)
        return names, needs.reshape(len(required), len(names))

    @cached_property
    def departments(self) -> tuple[str | None, ...]:
        """Return the département of each, as it is known or by its commune."""
        return tuple(
            row.department or (department_of(row.commune) if row.commune else None) for row in self.opportunities
        )

    def __len__(self) -> int:
        return len(self.opportunities)

    def row(self, position: int) -> OpportunityIndex:
        """Return one opportunity as an index of its own."""
        own_row = slice(position, position + 1)
        return OpportunityIndex(
            opportunities=self.opportunities[own_row],
            kinds=self.kinds[own_row],
            forms=self.forms[own_row],
            phrases=self.phrases.take(position),
            words=self.words[own_row],
            spelling=self.spelling[own_row],
            affinity=self.affinity[own_row],
            places=Places(self.places.lat[own_row], self.places.lon[own_row], self.places.exact[own_row]),
            amount_eur=self.amount_eur[own_row],
            headcount=self.headcount[own_row],
            published_on=self.published_on[own_row],
            deadline=self.deadline[own_row],
            open=self.open[own_row],
            reserved=self.reserved[own_row],
            own_sirens=self.own_sirens[own_row],
            asks=self.asks[own_row],
        )

    def reopened(self) -> OpportunityIndex:
        """Return the same as if none were closed: who would have suited a past contract?"""
        return replace(self, open=np.ones_like(self.open), deadline=np.full_like(self.deadline, np.nan))
