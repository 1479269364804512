"""One act on many rows of a list: what the form of the list sends, and the page that says what will be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from sqlmodel import Session

from api.accounts.accounts import all_accounts
from api.brokerage.cases import may_be_in_charge
from api.brokerage.queries import open_cases_about
from api.catalogue.bulk_acts import BulkRow, bulk_rows
from api.catalogue.row_changes import content_digest
from api.catalogue.schemas import RecordKind
from api.core.errors import InvalidError
from api.core.french import plural
from api.web.components.forms import axis_choices
from api.web.components.row_edits import ADDRESSES
from api.web.fields import FormWord, FormWords

ARCHIVE, ASSIGN, AXIS = "archiver", "confier", "axe"
FILES = ("csv", "xlsx")
ACTS: Mapping[RecordKind, Mapping[str, str]] = {
    "actors": {ARCHIVE: "Archiver", ASSIGN: "Confier leurs dossiers"},
    "opportunities": {ARCHIVE: "Archiver", ASSIGN: "Confier leurs dossiers", AXIS: "Changer l’axe"},
}
NOUNS: Mapping[RecordKind, tuple[str, str]] = {
    "actors": ("acteur", "acteurs"),
    "opportunities": ("opportunité", "opportunités"),
}
EVERY, CONFIRMED, ASSUMED = "oui", "oui", "suppose"
# Names that the page shows.
SHOWN = 100


@dataclass(frozen=True)
class BulkList:
    """A list whose rows an act may be about. query: its filters, as in the address; ids: all rows that they find."""

    kind: RecordKind
    query: str
    ids: Sequence[str]

    @property
    def address(self) -> str:
        """The address of the list as it was."""
        return ADDRESSES[self.kind] + (f"?{self.query}" if self.query else "")

    @property
    def send_address(self) -> str:
        """The address that the form of an act is sent to; the filters are in it, so that a field may have any name."""
        return f"{ADDRESSES[self.kind]}/ensemble" + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True)
class BulkChoices:
    """What the form of a list offers. every: « Tout ce que la recherche trouve », with the count."""

    send_address: str
    acts: Sequence[tuple[str, str]]
    every: str


def bulk_choices(bulk_list: BulkList) -> BulkChoices:
    """Return what may be done with the ticked rows of a list."""
    return BulkChoices(
        bulk_list.send_address,
        list(ACTS[bulk_list.kind].items()),
        f"Tout ce que la recherche trouve ({counted(bulk_list.kind, len(bulk_list.ids))})",
    )


@dataclass(frozen=True)
class BulkForm:
    """What was sent: the act, the rows that were ticked, or `every`; then, once confirmed, what the act is to do.

    digest: of what the page showed, empty before.
    """

    act: str
    ticked: Sequence[str]
    every: bool
    facilitator_id: str = ""
    axis: str = ""
    digest: str = ""
    confirmed: bool = False

    def row_ids(self, bulk_list: BulkList) -> Sequence[str]:
        """Return the ids of the rows meant."""
        return bulk_list.ids if self.every else list(dict.fromkeys(self.ticked))


async def read_bulk_form(
    acte: FormWord = "",
    coche: FormWords = (),
    acteur: FormWords = (),
    tout: FormWord = "",
    responsable: FormWord = "",
    axe: FormWord = "",
    empreinte: Annotated[str, Form(max_length=64)] = "",
    confirme: FormWord = "",
) -> BulkForm:
    """Read the form. acteur: ticks of the list of actors, whose form also writes to them; coche: of any other list."""
    return BulkForm(acte, [*coche, *acteur], tout == EVERY, responsable, axe, empreinte, confirme == CONFIRMED)


@dataclass(frozen=True)
class BulkView:
    """What an act would do, before it is done. fields: what the form sends again; useful: it changes something."""

    title: str
    act: str
    button: str
    list_address: str
    send_address: str
    says: Sequence[str]
    fields: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, str, bool]]
    more: str
    useful: bool
    choices: Sequence[tuple[str, str]]
    chosen: str
    problem_text: str


def bulk_view(session: Session, bulk_list: BulkList, form: BulkForm, problem_text: str = "") -> BulkView:
    """Return what an act would do, or why it can't be done. Raises InvalidError for an act that the list has not."""
    acts = ACTS[bulk_list.kind]
    if form.act not in acts:
        raise InvalidError([("acte", "choisissez ce qu’il faut faire des lignes cochées")])
    kind, subject = bulk_list.kind, act_subject(session, bulk_list, form)
    rows, cases = subject.rows, len(subject.cases)
    if not rows and not problem_text:
        problem_text = "Rien n’est coché : cochez des lignes de la liste, ou « Tout ce que la recherche trouve »."
    return BulkView(
        title=f"{acts[form.act]} : {counted(kind, len(rows))}",
        act=form.act,
        button=_BUTTONS[form.act],
        list_address=bulk_list.address,
        send_address=bulk_list.send_address,
        says=_says(kind, form.act, len(rows), cases),
        fields=[
            ("acte", form.act),
            ("empreinte", subject.digest),
            *([("tout", EVERY)] if form.every else [("coche", row.id) for row in rows]),
        ],
        rows=[(row.name, f"{ADDRESSES[kind]}/{row.id}", row.confidential) for row in rows[:SHOWN]],
        more=plural(len(rows) - SHOWN, "autre") if len(rows) > SHOWN else "",
        useful=bool(cases) if form.act == ASSIGN else bool(rows),
        choices=_choices(session, form.act),
        chosen=form.facilitator_id if form.act == ASSIGN else form.axis,
        problem_text=problem_text,
    )


def counted(kind: RecordKind, count: int) -> str:
    """Return « 3 acteurs »."""
    return plural(count, *NOUNS[kind])


@dataclass(frozen=True)
class ActSubject:
    """What an act is about: rows that are not archived, and the versions of the open cases about them, by their ids."""

    rows: Sequence[BulkRow]
    cases: Mapping[str, int]

    @property
    def digest(self) -> str:
        """What tells whether rows and cases are still as they were shown."""
        parts = [f"{row.id} {row.content_hash}" for row in self.rows]
        parts += [f"{case_id} {version}" for case_id, version in self.cases.items()]
        return content_digest(sorted(parts))


def act_subject(session: Session, bulk_list: BulkList, form: BulkForm) -> ActSubject:
    """Return what an act is about, as the tables are now."""
    kind = bulk_list.kind
    rows = [row for row in bulk_rows(session, kind, form.row_ids(bulk_list)) if not row.archived]
    row_ids = [row.id for row in rows]
    if kind == "actors":
        return ActSubject(rows, open_cases_about(session, actor_ids=row_ids))
    return ActSubject(rows, open_cases_about(session, opportunity_ids=row_ids))


_BUTTONS = {ARCHIVE: "Archiver", ASSIGN: "Confier les dossiers", AXIS: "Changer l’axe"}


def _says(kind: RecordKind, act: str, count: int, cases: int) -> list[str]:
    open_cases = plural(cases, "dossier ouvert", "dossiers ouverts")
    if act == ARCHIVE:
        says = [
            "Ce qui est archivé n’est plus dans les listes ni les classements, et personne n’en reçoit d’annonce."
            " Rien n’en est perdu : vous pourrez annuler le tout, ou remettre chaque fiche sur le bureau."
        ]
        return says + ([f"{open_cases} sur ces fiches : archiver ne les clôt pas."] if cases else [])
    if act == ASSIGN:
        if not cases:
            return ["Aucun dossier n’est ouvert sur ces fiches : il n’y a rien à confier."] if count else []
        return [f"{open_cases} sur {counted(kind, count)}. Chacun gardera son état, sa relance et son histoire."]
    return ["L’axe compte dans le rapport aux départements. Rien d’autre ne change."]


def _choices(session: Session, act: str) -> list[tuple[str, str]]:
    if act == ASSIGN:
        return [(account.id, account.name) for account in all_accounts(session) if may_be_in_charge(account)]
    if act == AXIS:
        return [*axis_choices(), (ASSUMED, "Celui que le type et les codes font supposer")]
    return []
