"""What the box at the top of every page finds: actors, opportunities, persons, and the cases about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request
from sqlmodel import Session
from starlette.responses import Response

from api.brokerage.queries import CaseRow, cases_about
from api.catalogue.wording import OPPORTUNITY_KINDS, STATUSES, kind_in_words, place
from api.contacts.queries import contacts_of
from api.core.french import plural
from api.search.entries import Entry, Found
from api.search.finding import Finder, Findings, Hit, Hits, Matched
from api.search.parts import MATCHED
from api.search.persons import Person
from api.search.sealing import sealed, unsealed
from api.web.checked_router import CheckedRouter
from api.web.components.act_form import Subject
from api.web.components.cases import takeover_address, what, who
from api.web.components.contacts import ShownContact, shown_contact
from api.web.components.forms import desk_page
from api.web.components.list_files import ListFileDep
from api.web.components.state_badge import StateBadge, case_badge
from api.web.dependencies import SignerDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import EncoderDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep
from matcher.types import OpportunityKind
from models.contacts import Contact

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/trouver")

Contacts = Mapping[str, Sequence[Contact]]

# Characters of a search; lines of each kind, on the page and in a file.
LONGEST, MOST, MOST_IN_FILE = 100, 10, 500


async def _finder(request: Request) -> Finder:
    finder: Finder = request.app.state.finder
    return finder


FinderDep = Annotated[Finder, Depends(_finder)]


@dataclass(frozen=True)
class FoundLine:
    """A line of a section.

    tags: what a reader must know at once, after whether it is confidential; why: what matched, in words; contacts: whom
    to call; act_about: what a call is noted of; is_confidential: its contacts are read on the page, and in no file.
    """

    address: str
    name: str
    about: str
    tags: Sequence[str | StateBadge]
    why: Sequence[str]
    contacts: Sequence[ShownContact] = ()
    act_about: Subject | None = None
    is_confidential: bool = False
    roles_address: str = ""  # of a takeover: who could play which role
    takeover: str = ""

    @property
    def tags_in_words(self) -> str:
        """The tags, as a cell of a file has them."""
        return ", ".join([*(["confidentiel"] if self.is_confidential else []), *map(str, self.tags)])


@dataclass(frozen=True)
class FoundSection:
    """What was found of a kind. more: how many there are beside, in words."""

    id: str
    title: str
    lines: Sequence[FoundLine]
    more: str


@dataclass(frozen=True)
class SearchView:
    """The answer to a search. address: of this page, empty where nothing was asked."""

    address: str
    asked: str
    words: str
    sections: Sequence[FoundSection]


@router.post("")
def ask(visitor: VisitorDep, signer: SignerDep, mots: Annotated[str, Form(max_length=LONGEST)] = "") -> Response:  # noqa: ARG001 (the house alone)
    """Show what is asked under an address that says nothing of it."""
    asked = " ".join(mots.replace("\0", "").split())
    return see(f"/trouver/{sealed(signer, asked)}" if asked else "/trouver")


@router.get("")
def nothing_asked(visitor: VisitorDep) -> Response:
    return desk_page("trouver.html", visitor, "", view=SearchView("", "", "", ()))


@router.get("/{search_token}.{file_format}")
def found_as_file(
    search_token: str,
    file: ListFileDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    signer: SignerDep,
    finder: FinderDep,
) -> Response:
    """The lines of all kinds; a row a person to call, and one where there is nobody, or nobody whom a file may name."""
    asked = unsealed(signer, search_token)
    sections = _sections(file.session, finder.find(file.session, snapshot, encoder, asked, most=MOST_IN_FILE))
    columns = ("Rubrique", "Nom", "Précisions", "Mentions", "Contact", "Fonction", "Téléphone", "Courriel")
    rows = [
        (section.title, line.name, line.about, line.tags_in_words, *person)
        for section in sections
        for line in section.lines
        for person in _reached_by_file(line) or [("", "", "", "")]
    ]
    return file.answer("recherche", columns, rows)


def _reached_by_file(line: FoundLine) -> list[tuple[str, str, str, str]]:
    contacts = () if line.is_confidential else line.contacts
    return [(contact.name, contact.role, contact.phone, contact.email) for contact in contacts]


@router.get("/{search_token}")
def found(
    search_token: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    signer: SignerDep,
    finder: FinderDep,
) -> Response:
    asked = unsealed(signer, search_token)
    findings = finder.find(unit.session, snapshot, encoder, asked, most=MOST)
    sections = _sections(unit.session, findings)
    return desk_page(
        "trouver.html", visitor, "", view=SearchView(f"/trouver/{search_token}", asked, _words(findings), sections)
    )


def _words(findings: Findings) -> str:
    counts = (
        (findings.actors.count, "acteur"),
        (findings.opportunities.count, "opportunité"),
        (findings.persons.count, "personne"),
    )
    return ", ".join(plural(count, name) for count, name in counts if count)


def _sections(session: Session, findings: Findings) -> list[FoundSection]:
    """Return what was found, kind by kind, that of the best line first; then the cases about it."""
    actor_ids = [hit.entry.id for hit in findings.actors.first]
    opportunity_ids = [hit.entry.id for hit in findings.opportunities.first]
    people = [hit.entry for hit in findings.persons.first]
    contacts = contacts_of(
        session,
        actor_ids={*actor_ids, *(person.actor_id for person in people if person.actor_id)},
        opportunity_ids={*opportunity_ids, *(person.opportunity_id for person in people if person.opportunity_id)},
    )
    actors, opportunities, persons = findings.actors, findings.opportunities, findings.persons
    ranked = [
        (_best(actors), FoundSection("acteurs", "Acteurs", _lines(actors, contacts), _more(actors, "acteur"))),
        (
            _best(opportunities),
            FoundSection(
                "opportunites", "Opportunités", _lines(opportunities, contacts), _more(opportunities, "opportunité")
            ),
        ),
        (
            _best(persons),
            FoundSection("personnes", "Personnes", _person_lines(findings, contacts), _more(persons, "personne")),
        ),
    ]
    sections = [section for _, section in sorted(ranked, key=lambda pair: -pair[0]) if section.lines]
    cases = cases_about(session, actor_ids=actor_ids, opportunity_ids=opportunity_ids, limit=MOST) if sections else ()
    if cases:
        sections.append(FoundSection("dossiers", "Dossiers", [_case_line(case) for case in cases], ""))
    return sections


def _lines(hits: Hits[Entry], contacts: Contacts) -> list[FoundLine]:
    return [
        FoundLine(
            _address(hit.entry),
            hit.entry.name,
            ", ".join(filter(None, (_kind(hit.entry), place(hit.entry.commune, hit.entry.department)))),
            _tags(hit),
            [_why(matched) for matched in hit.matched],
            [shown_contact(contact) for contact in contacts.get(hit.entry.id, ())],
            _subject(hit.entry),
            hit.entry.confidential,
            f"{_address(hit.entry)}/reprise/roles" if hit.entry.kind == OpportunityKind.TAKEOVER else "",
            _takeover(hit.entry),
        )
        for hit in hits.first
    ]


def _person_lines(findings: Findings, contacts: Contacts) -> list[FoundLine]:
    """Return the persons with whose they are; one whose actor is shown as another has no line."""
    lines = []
    for hit in findings.persons.first:
        owner = findings.owners.get(hit.entry.actor_id or hit.entry.opportunity_id or "")
        own = [contact for contact in contacts.get(owner.id, ()) if contact.id == hit.entry.id] if owner else []
        if owner and own:
            why = [_why(matched) for matched in hit.matched]
            shown = [shown_contact(contact) for contact in own]
            lines.append(
                FoundLine(
                    _address(owner),
                    owner.name,
                    _kind(owner),
                    (),
                    why,
                    shown,
                    _subject(owner),
                    owner.confidential,
                    _takeover(owner),
                )
            )
    return lines


def _case_line(row: CaseRow) -> FoundLine:
    return FoundLine(f"/dossiers/{row.case.id}", what(row.pair), who(row.pair), [case_badge(row.case.state)], ())


def _best(hits: Hits[Entry] | Hits[Person]) -> float:
    return hits.first[0].score if hits.first else 0


def _more(hits: Hits[Entry] | Hits[Person], name: str) -> str:
    more = hits.count - len(hits.first)
    return plural(more, f"{name} de plus", f"{name}s de plus") if more else ""


def _address(entry: Entry) -> str:
    return f"/{'acteurs' if entry.found is Found.ACTOR else 'opportunites'}/{entry.id}"


def _takeover(entry: Entry) -> str:
    return takeover_address(entry.kind, entry.id) if entry.found is Found.OPPORTUNITY else ""


def _kind(entry: Entry) -> str:
    return kind_in_words(entry.kind) if entry.found is Found.ACTOR else OPPORTUNITY_KINDS[entry.kind].capitalize()


def _tags(hit: Hit[Entry]) -> list[str]:
    """Return whether it still stands in the lists, where it does not."""
    entry = hit.entry
    if entry.archived:
        return ["archivé"]
    out_of_lists = "hors des listes" if entry.found is Found.ACTOR and not hit.listed else ""
    status = STATUSES.get(entry.status, "") if entry.status != "open" else ""
    return [*filter(None, (out_of_lists, status))]


def _subject(entry: Entry) -> Subject:
    """Return what a call is noted of."""
    if entry.found is Found.ACTOR:
        return Subject("acteur", actor_id=entry.id)
    return Subject("opportunite", opportunity_id=entry.id)


def _why(matched: Matched) -> str:
    if matched.part is None:
        return f"le sens (« {matched.text} »)"
    return f"{MATCHED[matched.part]} (« {matched.text} »)"
