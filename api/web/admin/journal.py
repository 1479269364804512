"""The journal, for administrators: its entries, newest first, and whether its chain of hashes is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import ANONYMOUS, CLI, NIGHT, journal_page, verify_page
from api.core.french import day, plural
from api.night.journal import JournalCheck, last_journal_check
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, FAMILIES, actor_in_words, detail_in_words, moment_in_words
from api.web.components.journal_names import Named, names_in, object_in_words
from api.web.dependencies import UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.visitors import AdministratorDep
from models.audit import AuditEntry

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
PER_PAGE = 100
# No greater number fits a column.
Number = Annotated[int, Query(ge=1, le=2**63 - 1)]


@dataclass(frozen=True)
class JournalView:
    """A page of the journal, newest first, and whether it is whole: these entries now, all of them last night.

    is_narrowed: only some entries are listed, which prove nothing together. query: the filters, in an address.
    """

    rows: Sequence[Mapping[str, object]]
    entry_count: str
    problem_text: str | None
    broken_at: int | None
    checked_text: str
    older_than: int | None
    is_newest: bool
    is_narrowed: bool
    chosen: Mapping[str, str]
    people: Sequence[tuple[str, str]]
    families: Sequence[tuple[str, str]]
    query: str


@router.api_route("/journal", methods=["GET", "HEAD"])
def journal(
    unit: UnitDep, visitor: AdministratorDep, avant: Number | None = None, qui: QueryWord = "", quoi: QueryWord = ""
) -> Response:
    family = quoi if quoi in FAMILIES else ""
    journal_entries = journal_page(unit.session, before=avant, limit=PER_PAGE, actor=qui, family=family)
    names_by_account = account_names(unit.session)
    names = names_in(unit.session, journal_entries)
    is_narrowed = bool(qui or family)
    # Entries that follow each other prove something; chosen ones do not.
    verified_entries = journal_page(unit.session, limit=1) if is_narrowed else journal_entries
    verification = verify_page(unit.session, verified_entries, is_newest=is_narrowed or avant is None)
    last_check = last_journal_check(unit.session)
    has_older = len(journal_entries) == PER_PAGE and journal_entries[-1].seq > 1
    return desk_page(
        "journal.html",
        visitor,
        "/journal",
        view=JournalView(
            rows=[_row(entry, names) for entry in journal_entries],
            entry_count=plural(verification.count, "entrée"),
            problem_text=verification.problem or (last_check.problem if last_check else ""),
            broken_at=verification.at or (last_check.at if last_check else None),
            checked_text=_check_in_words(last_check) if last_check else "",
            older_than=journal_entries[-1].seq if has_older else None,
            is_newest=avant is None,
            is_narrowed=is_narrowed,
            chosen={"qui": qui, "quoi": family},
            people=[
                *((f"account:{account_id}", name) for account_id, name in names_by_account.items()),
                *((actor, actor_in_words(actor, {})) for actor in (CLI, NIGHT, ANONYMOUS)),
            ],
            families=list(FAMILIES.items()),
            query=urlencode({name: value for name, value in (("qui", qui), ("quoi", family)) if value}),
        ),
    )


def _check_in_words(check: JournalCheck) -> str:
    return f"{plural(check.count, 'entrée')}, la nuit du {day(check.night)}"


def _row(journal_entry: AuditEntry, names: Mapping[str, Named]) -> dict[str, object]:
    words_by_id = {row_id: named.words for row_id, named in names.items()}
    return {
        "seq": journal_entry.seq,
        "at": moment_in_words(journal_entry.at, with_seconds=True),
        "who": actor_in_words(journal_entry.actor, words_by_id),
        "what": ACTIONS.get(journal_entry.action, journal_entry.action),
        "of": object_in_words(journal_entry, names),
        "detail": detail_in_words(journal_entry.detail, words_by_id),
    }
