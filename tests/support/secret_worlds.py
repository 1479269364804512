"""Small random desks and what is confidential beside them, stored in two databases behind two doors.

`ToyEncoder` stands in for the encoder, which is an external thing; all else is real: tables, API, pages, mails.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from random import Random
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update
from sqlmodel import select

from api.accounts import accounts, passwords, sessions
from api.alerts.composing import compose_alerts
from api.core.clock import today_in_france
from api.mailing.delivery import deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from api.partner_view.building import PartnerSpaces
from api.partner_view.ties import Ties
from api.takeovers.financing.plan import Plan, PlanLine, Source, Use
from matcher.sections import Section
from models.base import identifier, utc_now
from models.database import open_database, reading, writing
from models.tables import (
    Account,
    AccountActor,
    Actor,
    Announcement,
    BlindSheet,
    BrokerageCase,
    BrokerageStep,
    CaseDocument,
    CaseProposal,
    CompanyState,
    Consent,
    Contact,
    FinanceProduct,
    FinancingPlan,
    Impression,
    Interaction,
    LineReach,
    Lot,
    Membership,
    Opportunity,
    OutboxMessage,
    Partner,
    Provenance,
    RankedList,
    Rating,
    SignedAgreement,
    StatedNeed,
    Subscription,
    Suggestion,
    TakeoverCandidate,
    TakeoverCase,
    TakeoverDate,
    TakeoverFacts,
    TakeoverFile,
    TakeoverStep,
    TakeoverYear,
    TeaserLine,
)
from tests.support.night_world import OPTIONS, SIGNER, ToyEncoder, small
from tests.support.opaque import Names
from tests.support.outbox import mail_settings
from tests.support.signed_in import PASSWORD, browser
from tests.support.smtp_server import Post
from tests.support.world import Doors, copy_database, opened_doors, synthetic_siret, url_of

# Children first.
FILLED: tuple[Any, ...] = (
    *(BrokerageStep, BrokerageCase, TakeoverDate, TakeoverStep, TakeoverFile, TakeoverCandidate, FinanceProduct),
    *(Rating, Announcement, OutboxMessage, Subscription, Partner, Impression, RankedList, Suggestion),
    *(TakeoverYear, TakeoverFacts),
    SignedAgreement,
    LineReach,
    *(
        BlindSheet,
        FinancingPlan,
        StatedNeed,
        Interaction,
        Contact,
        Consent,
        CaseProposal,
        CaseDocument,
        AccountActor,
        Lot,
        TakeoverCase,
        TeaserLine,
    ),
    *(Opportunity, Membership, Actor, CompanyState, Provenance),
)
EMAIL = "partenaire@exemple.invalid"
ACCOUNT, FACILITATOR = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
# How many suggestions a week makes no difference to what may be told of each.
UNLIMITED = OPTIONS.model_copy(update={"weekly_per_actor": 1000, "weekly_per_partner": 1000})
WORDS = ("tonte", "haies", "menuiserie", "bois", "fenêtres", "nettoyage", "vitres", "repas", "béton", "entretien")
PLACES = (("26", "26362"), ("26", "26113"), ("07", "07010"), ("07", "07186"), (None, None))
CODES = ("81.30Z", "43.32A", "81.21Z", "56.21Z")
KINDS = ("scop", "scic", "association", "ei", "esat", "company", "network", "cae", "employee_group")

Row = dict[str, Any]
Rows = Mapping[Any, Sequence[Row]]


def actor_row(key: str, **fields: Any) -> Row:
    base = {"natural_key": key, "content_hash": "", "source": "t", "source_id": key, "name": key, "kind": "scop"}
    known = base | {"id": identifier("actors", key), "created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Actor(**(known | fields)).model_dump()


def opportunity_row(key: str, **fields: Any) -> Row:
    base = {"natural_key": key, "content_hash": "", "source": "t", "source_id": key, "title": key, "kind": "market"}
    known = base | {"id": identifier("opportunities", key), "created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Opportunity(**(known | fields)).model_dump()


def words(rng: Random) -> str:
    return " ".join(rng.sample(WORDS, rng.randint(1, 3)))


def an_actor(rng: Random, prefix: str, number: int, **fields: Any) -> Row:
    department, commune = rng.choice(PLACES)
    known = {
        "name": f"{prefix} {words(rng)} {number}",
        "kind": rng.choice(KINDS),
        "activities": [words(rng) for _ in range(rng.randint(0, 2))],
        "naf": [{"code": code} for code in rng.sample(CODES, rng.randint(0, 1))],
        "department": department,
        "commune_code": commune,
        "headcount": rng.choice((None, 3, 12, 60)),
        "seeks": rng.choice(([], ["markets"], ["acquisitions"])),
    }
    return actor_row(f"{prefix}{number}", **(known | fields))


def an_opportunity(rng: Random, prefix: str, number: int, **fields: Any) -> Row:
    department, commune = rng.choice(PLACES)
    known = {
        "title": f"{prefix} {words(rng)} {number}",
        "description": rng.choice((None, words(rng))),
        "naf": [{"code": code} for code in rng.sample(CODES, rng.randint(0, 1))],
        "department": department,
        "commune_code": commune,
        "amount_eur": rng.choice((None, 9_000, 90_000)),
        "deadline": today_in_france() + timedelta(days=rng.choice((-3, 9, 40))),
        "status": rng.choice(("open", "open", "open", "open", "closed", "expected")),
    }
    return opportunity_row(f"{prefix}{number}", **(known | fields))


def lots(rng: Random, prefix: str, opportunity_id: str, count: int) -> list[Row]:
    named = [(identifier("lots", f"{prefix}{opportunity_id}{n}"), str(n)) for n in range(count)]
    return [
        Lot(id=one, opportunity_id=opportunity_id, number=number, title=words(rng)).model_dump()
        for one, number in named
    ]


@dataclass(frozen=True)
class World:
    """What everybody may know, and what is confidential; rows by table. own: the actor of the partner's account."""

    public: Rows
    secret: Rows
    own: str
    ids: tuple[str, ...]
    secret_ids: tuple[str, ...]


@st.composite
def worlds(draw: st.DrawFn, *, teasers: bool) -> World:
    """Draw a desk with at least one secret; with `teasers`, its cases may be told of.

    How much there is of each is drawn one by one, what it is by one seed: drawing it all would take most of the time.
    """
    actors, needs, cases, markets = (draw(st.integers(*one)) for one in ((1, 4), (1, 4), (0, 3), (0, 1)))
    groups = draw(st.integers(0 if cases or markets else 1, 2))
    rng = Random(draw(st.integers(0, 2**32)))
    # Some have a SIRET, so that they can be said to hold a case.
    here = [an_actor(rng, "Acteur", n, siret=rng.choice((None, synthetic_siret(n + 1)))) for n in range(actors)]
    if groups and rng.random() < 0.5:
        here[0]["kind"] = rng.choice(("network", "cae"))
    wanted = [an_opportunity(rng, "Besoin", n) for n in range(needs)]
    hidden = [
        an_opportunity(
            rng,
            "Secret",
            n,
            kind="takeover",
            confidential=True,
            teaser=rng.choice((None, words(rng))) if teasers else None,
        )
        for n in range(cases)
    ]
    discreet = [an_opportunity(rng, "Discret", n, confidential=True) for n in range(markets)]
    secretive = [
        an_actor(
            rng,
            "Groupe",
            n,
            confidential=True,
            kind=rng.choice(("employee_group", "scop")),
            siret=rng.choice((None, synthetic_siret(n + 40))),
        )
        for n in range(groups)
    ]
    sheets = rng.getrandbits(32)
    carried = here[0]["kind"] in ("network", "cae")
    # What facilitators follow is their own, about public pairs too: added by hand, or refused by telephone.
    followed = [(here[0]["id"], one["id"]) for one in wanted[:1] + hidden + discreet]
    agreed = [consent for one in hidden for consent in consents(rng, one["id"], here[0]["id"])]
    agreed += [a_withdrawn_consent(one["id"], here[0]["id"]) for one in hidden]
    return World(
        public={
            Actor: here,
            Opportunity: wanted,
            # Of secret ones too: what registers say is public.
            CompanyState: [a_state(rng, one["siret"]) for one in here[1:] + secretive if one["siret"]],
            Lot: lots(rng, "l", wanted[0]["id"], rng.choice((0, 0, 2))),
            Provenance: provenances("actors", here) + provenances("opportunities", wanted),
            FinanceProduct: [a_product(rng, one["id"]) for one in here[:1]],
            AccountActor: [AccountActor(account_id=ACCOUNT, actor_id=here[0]["id"], created_at=LONG_AGO).model_dump()],
        },
        secret={
            Actor: secretive,
            Opportunity: hidden + discreet,
            TakeoverCase: [a_case(rng, one["id"]) for one in hidden],
            # How far a case is, and its days, are the house's alone.
            TakeoverFile: [a_file(rng, one["id"]) for one in hidden],
            TakeoverStep: [a_step(rng, one["id"]) for one in hidden],
            TakeoverDate: [a_date(rng, one["id"]) for one in hidden],
            Lot: [lot for one in discreet for lot in lots(rng, "s", one["id"], 2)],
            Membership: [
                Membership(carrier_id=here[0]["id"], member_id=one["id"]).model_dump() for one in secretive if carried
            ],
            Consent: agreed,
            SignedAgreement: [a_signed_agreement(rng, consent) for consent in agreed if consent["side"] == "actor"],
            # Acts of facilitators: to the partner's actor, to others, some taken back.
            CaseProposal: [
                a_proposal(rng, one["id"], actor["id"])
                for one in hidden
                for actor in here + secretive
                if rng.random() < 0.5
            ],
            CaseDocument: [a_document(one["id"]) for one in hidden],
            TakeoverFacts: [some_facts(rng, one["id"]) for one in hidden],
            TakeoverYear: [a_year(rng, one["id"]) for one in hidden],
            BlindSheet: [sheet for one in hidden for sheet in blind_sheets(f"{sheets} {one['department']}", one["id"])],
            FinancingPlan: [a_financing_plan(one["id"]) for one in hidden],
            # Whom the house calls is nobody else's to know, at a public actor or opening too.
            Contact: [
                *(a_contact(rng, "actor_id", one["id"]) for one in here),
                *(a_contact(rng, "opportunity_id", one["id"]) for one in wanted),
                *(a_contact(rng, "actor_id", one["id"], EMAIL) for one in secretive),
                *(a_contact(rng, "opportunity_id", one["id"], EMAIL) for one in hidden + discreet),
            ],
            # What the house did is its own, about a public actor too.
            Interaction: [
                *(an_interaction(rng, actor_id=one["id"]) for one in here + secretive),
                *(an_interaction(rng, opportunity_id=one["id"]) for one in wanted),
                *(an_interaction(rng, actor_id=here[0]["id"], opportunity_id=one["id"]) for one in hidden + discreet),
            ],
            Suggestion: [a_pair(*pair) for pair in followed],
            BrokerageCase: [a_followed_pair(rng, *pair) for pair in followed],
            # Whom the house chose for a case, public actors too, and what confidential ones finance.
            TakeoverCandidate: [a_candidate(rng, here[0]["id"], one["id"]) for one in hidden],
            FinanceProduct: [a_product(rng, one["id"]) for one in secretive],
            # What owners stated themselves: from the partner's own address too, and some of it is a case by now.
            StatedNeed: [
                *(a_stated_need(rng, number, None) for number in range(groups)),
                *(a_stated_need(rng, number + 10, one["id"]) for number, one in enumerate(hidden)),
            ],
            Provenance: provenances("actors", secretive) + provenances("opportunities", hidden + discreet),
        },
        own=here[0]["id"],
        ids=tuple(one["id"] for one in here + wanted),
        secret_ids=tuple(one["id"] for one in secretive + hidden + discreet),
    )


def a_case(rng: Random, opportunity_id: str) -> Row:
    return TakeoverCase(
        opportunity_id=opportunity_id,
        cause="other",
        headcount=rng.choice((None, 4, 14)),
        price_max_eur=rng.choice((None, 80_000)),
        holder_siren=rng.choice((None, "000000018")),
    ).model_dump()


def a_file(rng: Random, opportunity_id: str) -> Row:
    return TakeoverFile(
        opportunity_id=opportunity_id,
        stage=rng.choice(("mandate", "met", "filed", "lost")),
        facilitator_id=rng.choice((None, FACILITATOR)),
        jobs_kept=rng.choice((None, 3)),
        version=1,
        opened_at=LONG_AGO,
        touched_at=LONG_AGO,
    ).model_dump()


def a_step(rng: Random, opportunity_id: str) -> Row:
    return TakeoverStep(
        opportunity_id=opportunity_id,
        number=1,
        at=LONG_AGO,
        by=f"account:{FACILITATOR}",
        from_stage="first_contact",
        to_stage="mandate",
        note=f"Secret {words(rng)}",
    ).model_dump()


def a_date(rng: Random, opportunity_id: str) -> Row:
    return TakeoverDate(
        opportunity_id=opportunity_id,
        kind=rng.choice(("agreement", "protocol", "hearing")),
        day=today_in_france() + timedelta(days=rng.randint(-5, 20)),
        said_by=f"Secret {words(rng)}",
        noted_by=f"account:{FACILITATOR}",
        noted_at=LONG_AGO,
    ).model_dump()


def some_facts(rng: Random, opportunity_id: str) -> Row:
    return TakeoverFacts(
        opportunity_id=opportunity_id,
        version=1,
        at=LONG_AGO,
        by=f"account:{FACILITATOR}",
        reason=f"Secret {words(rng)}",
        premises=rng.choice(("", "sold", "leased")),
        premises_note=f"Secret {words(rng)}",
        key_roles=[words(rng)],
    ).model_dump()


def a_year(rng: Random, opportunity_id: str) -> Row:
    turnover = rng.randint(10, 900) * 1_000
    return TakeoverYear(opportunity_id=opportunity_id, version=1, year=2025, turnover_eur=turnover).model_dump()


def a_pair(actor_id: str, opportunity_id: str) -> Row:
    """Return a suggestion that no list showed, as an actor added by hand has one."""
    subject = f"opportunity:{opportunity_id}"
    return Suggestion(
        id=identifier("suggestions", actor_id, subject),
        actor_id=actor_id,
        subject=subject,
        opportunity_id=opportunity_id,
        created_at=LONG_AGO,
    ).model_dump()


def a_followed_pair(rng: Random, actor_id: str, opportunity_id: str) -> Row:
    """Return the case of such a pair."""
    suggestion_id = str(a_pair(actor_id, opportunity_id)["id"])
    return BrokerageCase(
        id=identifier("brokerage_cases", suggestion_id),
        suggestion_id=suggestion_id,
        state=rng.choice(("proposed", "refused", "cancelled")),
        reasons=["too_far"],
        version=1,
        origin=rng.choice(("ranking", "by_hand", "coalition")),
        opened_at=LONG_AGO,
        touched_at=LONG_AGO,
    ).model_dump()


def a_candidate(rng: Random, actor_id: str, opportunity_id: str) -> Row:
    role = rng.choice(("take_over", "accompany", "finance"))
    return TakeoverCandidate(opportunity_id=opportunity_id, actor_id=actor_id, role=role).model_dump()


def a_product(rng: Random, actor_id: str) -> Row:
    return FinanceProduct(
        id=identifier("finance_products", actor_id),
        actor_id=actor_id,
        name=f"Prêt {words(rng)}",
        form="loan",
        most_eur=rng.choice((None, 5_000, 300_000)),
        most_heads=rng.choice((None, 3)),
        audience="anyone",
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    ).model_dump()


def a_state(rng: Random, siret: str) -> Row:
    whole = rng.random() < 0.5
    return CompanyState(
        source="r",
        source_id=f"siren:{siret[:9]}" if whole else f"siret:{siret}",
        siren=siret[:9],
        siret=None if whole else siret,
        state=rng.choice(("open", "open", "closed", "insolvent")),
        reference="",
        said_at=LONG_AGO,
    ).model_dump()


def consents(rng: Random, opportunity_id: str, actor_id: str) -> list[Row]:
    return [
        a_consent(opportunity_id, actor_id, side)
        for side in rng.sample(("holder", "actor", "documents"), rng.randint(0, 3))
    ]


def a_withdrawn_consent(opportunity_id: str, actor_id: str) -> Row:
    """Return an undertaking of before: what was signed for it is kept, and opens nothing."""
    return Consent(
        id=identifier("consents", opportunity_id, "withdrawn"),
        opportunity_id=opportunity_id,
        actor_id=actor_id,
        side="actor",
        given_at=LONG_AGO,
        given_by=FACILITATOR,
        withdrawn_at=LONG_AGO,
        withdrawn_by=FACILITATOR,
    ).model_dump()


def a_signed_agreement(rng: Random, consent: Row) -> Row:
    """Return what a colleague signed, or somebody on paper."""
    way = rng.choice(("space", "paper"))
    return SignedAgreement(
        id=identifier("signed_agreements", consent["id"]),
        consent_id=consent["id"],
        opportunity_id=consent["opportunity_id"],
        actor_id=consent["actor_id"],
        way=way,
        account_id="" if way == "paper" else FACILITATOR,
        signer=f"Secret {words(rng)}",
        signed_on=LONG_AGO.date(),
        suffix=".pdf",
        content=b"%PDF-",
        sha256="",
        noted_at=LONG_AGO,
        noted_by=FACILITATOR,
    ).model_dump()


def a_proposal(rng: Random, opportunity_id: str, actor_id: str) -> Row:
    withdrawn = rng.random() < 0.3
    return CaseProposal(
        id=identifier("case_proposals", opportunity_id, actor_id),
        opportunity_id=opportunity_id,
        actor_id=actor_id,
        proposed_at=LONG_AGO + timedelta(days=rng.randint(0, 300)),
        proposed_by=FACILITATOR,
        withdrawn_at=LONG_AGO + timedelta(days=301) if withdrawn else None,
        withdrawn_by=FACILITATOR if withdrawn else None,
    ).model_dump()


def a_consent(opportunity_id: str, actor_id: str, side: str) -> Row:
    return Consent(
        id=identifier("consents", opportunity_id, side),
        opportunity_id=opportunity_id,
        actor_id=actor_id,
        side=side,
        given_at=LONG_AGO,
        given_by=FACILITATOR,
    ).model_dump()


def provenances(kind: str, rows: Sequence[Row]) -> list[Row]:
    """Return what a public source said of each of these rows: their names, among other words."""
    return [
        Provenance(
            source="boamp",
            source_id=row["source_id"],
            kind=kind,
            row_id=row["id"],
            reference=f"avis {row['source_id']}",
            last_values={"title": row.get("title") or row.get("name"), "department": row["department"]},
            said_at=LONG_AGO,
        ).model_dump()
        for row in rows
    ]


def a_contact(rng: Random, owner: str, owner_id: str, email: str = "") -> Row:
    """Return a contact; one of a confidential row may bear the partner's own address."""
    row = {
        "id": identifier("contacts", owner_id),
        owner: owner_id,
        "name": f"Contact {words(rng)}",
        "role": rng.choice(("", words(rng))),
        "phone": rng.choice(("", f"+334657100{rng.randint(10, 99)}")),
        "email": rng.choice(("", email or f"contact{rng.randint(0, 9)}@exemple.invalid")),
        "source": words(rng),
        "lawful_basis": "consent",
        "retained_until": LONG_AGO.date() + timedelta(days=3650),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    return Contact(**row).model_dump()


def an_interaction(rng: Random, **about: str) -> Row:
    """Return a call or a note, with the contact of its last owner."""
    (*_, owner_id) = about.values()
    row = {
        "id": identifier("interactions", *about.values()),
        "kind": rng.choice(("call", "visit", "note", "mail", "reply")),
        "at": LONG_AGO + timedelta(days=rng.randint(0, 300)),
        "by": f"account:{FACILITATOR}",
        "text": f"Secret {words(rng)}",
        "contact_id": identifier("contacts", owner_id),
        "noted_at": LONG_AGO,
    }
    return Interaction(**(row | about)).model_dump()


def a_stated_need(rng: Random, number: int, opportunity_id: str | None) -> Row:
    return StatedNeed(
        id=identifier("stated_needs", number),
        kind="takeover",
        status="published" if opportunity_id else rng.choice(("unconfirmed", "waiting", "in_progress", "closed")),
        name=f"Contact {words(rng)}",
        email=rng.choice((EMAIL, f"cedant{number}@exemple.invalid")),
        typed={"title": f"Secret {words(rng)}", "takeover.headcount": "7"},
        opportunity_id=opportunity_id,
        stated_at=LONG_AGO,
        confirmed_at=LONG_AGO,
    ).model_dump()


def a_document(opportunity_id: str) -> Row:
    return CaseDocument(
        id=identifier("documents", opportunity_id),
        opportunity_id=opportunity_id,
        name="secret.pdf",
        suffix=".pdf",
        size=5,
        content=b"%PDF-",
        created_at=LONG_AGO,
        created_by=FACILITATOR,
    ).model_dump()


def blind_sheets(look: str, opportunity_id: str) -> list[Row]:
    """Return versions of a case's sheet: one that stands, most of the time, and drafts around it.

    look: what decides how they read. Cases of one line have one look: which of them a partner lists first is chance.
    """
    rng = Random(look)
    standing = rng.choice((1, 2, None))
    return [
        BlindSheet(
            id=identifier("blind_sheets", opportunity_id, number),
            opportunity_id=opportunity_id,
            number=number,
            code_name="Genièvre d’or",
            line="Entreprise à reprendre",
            choices={"recorded": ["turnover"], "chosen": {}},
            told=[["Chiffre d’affaires annuel", rng.choice(("moins de 100 000 €", "de 100 000 à 500 000 €"))]],
            strengths=words(rng),
            saved_at=LONG_AGO,
            saved_by=FACILITATOR,
            approved_on=LONG_AGO.date() if number == standing else None,
            approved_by="owner" if number == standing else "",
            approved_how="mail" if number == standing else "",
        ).model_dump()
        for number in (1, 2)
    ]


def a_financing_plan(opportunity_id: str) -> Row:
    rng = Random(opportunity_id)
    plan = Plan(
        uses={Use.PRICE: PlanLine(amount=rng.randint(1, 900_000), words=f"Secret {words(rng)}")},
        sources={Source.BANK_LOAN: PlanLine(amount=rng.randint(1, 900_000), words=f"Secret {words(rng)}")},
        jobs_kept=rng.randint(0, 40),
    )
    return FinancingPlan(
        opportunity_id=opportunity_id,
        number=1,
        at=LONG_AGO,
        by=f"account:{FACILITATOR}",
        content=plan.model_dump(mode="json", exclude_defaults=True),
    ).model_dump()


@dataclass
class Side:
    """One database and its doors; `visitor` is the partner's browser."""

    doors: Doors
    visitor: TestClient
    house: TestClient
    names: Names

    def fill(self, *parts: Rows, least: Section = Section.UNLIKELY) -> None:
        """Replace what lies on the desk, and forget what was shown and said. least: what is listed by its score alone.

        On toy desks little is likely: else all is listed, so that scores are compared too.
        """
        self.names = self._no_names()
        with writing(self.doors.engine) as session:
            for table in FILLED:
                session.execute(delete(table))
            for table in reversed(FILLED):
                rows = [row for part in parts for row in part.get(table, ())]
                if rows:
                    session.execute(insert(table), rows)
        state = self.doors.app.state
        assert state.desk.catch_up(60)
        state.partner_spaces = PartnerSpaces(state.desk, Ties.of(state.signers.newest()), least=least)
        if hasattr(state, "counts"):
            del state.counts

    def ties(self) -> tuple[Ties, Ties]:
        """Return what decides between cases that are shown alike: on pages, and in mails."""
        return Ties.of(self.doors.app.state.signers.newest()), Ties.of(SIGNER)

    def _no_names(self) -> Names:
        return Names([self.doors.app.state.signers.newest(), SIGNER], [ACCOUNT, "p"])

    def mails(self) -> list[tuple[str, ...]]:
        """Follow everything there is, let a night pass, and return what was written, opaque words by their names."""
        self.compose()
        with reading(self.doors.engine) as session:
            rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
            written = [(one.subject, one.text, one.html, str(one.headers)) for one in rows]
        return [tuple(map(self.names.renamed, parts)) for parts in written]

    def compose(self) -> None:
        """Follow everything there is, and write the mails of a night."""
        now = this_night()
        with writing(self.doors.engine) as session:
            session.add(Partner(id="p", email="abonne@exemple.invalid", status="active", created_at=LONG_AGO))
            session.flush()
            followed: list[dict[str, Any]] = [{"search": "entretien bois"}]
            for one in session.exec(select(AccountActor.actor_id)).all():
                followed.append({"actor_id": one})
            for number, what in enumerate(followed):
                session.add(
                    Subscription(
                        id=f"s{number}", partner_id="p", least=Section.UNLIKELY, most=20, confirmed_at=LONG_AGO, **what
                    )
                )
        compose_alerts(self.doors.app.state.desk, SIGNER, night=today_in_france(), now=now, options=UNLIMITED)

    def hide(self, rows: Rows) -> None:
        """Make what was stored openly what it is: confidential where these rows say so."""
        with writing(self.doors.engine) as session:
            for table in (Actor, Opportunity):
                hidden = [one["id"] for one in rows.get(table, ()) if one["confidential"]]
                # The desk notices a change by the dates of its rows.
                change = update(table).where(table.id.in_(hidden))
                session.execute(change.values(confidential=True, updated_at=utc_now()))
        # A night opens the desk as the tables are. This one is served: on a busy machine it would lag behind.
        assert self.doors.app.state.desk.catch_up(60)

    def leaving(self, server: Post) -> list[str]:
        """Let what waits leave, and return what the server was sent, decoded, opaque words by their names."""
        before = len(server.accepted())
        options, desk = mail_settings(server.port), self.doors.app.state.desk
        gate = departure_gate(self.doors.engine, lambda: desk, SIGNER, UNLIMITED)
        with Transport.of(options) as transport:
            deliver(self.doors.engine, transport, gate=gate, now=this_night, options=options)
        return [self.names.renamed(decoded(one.content)) for one in server.accepted()[before:]]


def decoded(content: bytes) -> str:
    """Return a mail's headers and parts as they are read: how they were encoded breaks words in two."""
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    headers = [f"{name}: {value}" for name, value in mail.items() if name != "Content-Type"]
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*headers, *(f"{part.get_content_type()}\n{part.get_content()}" for part in parts)])


def this_night() -> datetime:
    night = today_in_france()
    return datetime(night.year, night.month, night.day, 4, tzinfo=UTC)


def opened(rows: Rows) -> Rows:
    """Return rows as they would be if nothing of them were confidential yet."""
    tables = (Actor, Opportunity)
    return dict(rows) | {table: [one | {"confidential": False} for one in rows.get(table, ())] for table in tables}


@contextmanager
def two_sides(empty: Path, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Open two doors with the same keys, accounts and few communes, and nothing on the desk."""
    first = copy_database(empty, folder / "one.db")
    engine = open_database(url_of(first))
    small(engine)
    _account(engine, accounts.PARTNER, ACCOUNT)
    _account(engine, accounts.FACILITATOR, FACILITATOR)
    engine.dispose()
    second = copy_database(first, folder / "two.db")
    for path in (first, second):
        path.with_suffix(".keys").write_text("une-seule-cle-pour-les-deux\n")
    with ExitStack() as stack:
        opened = [stack.enter_context(opened_doors(path, ToyEncoder())) for path in (first, second)]
        yield tuple(_side(one) for one in opened)  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)


def _account(engine: Any, role: str, account_id: str) -> None:
    email = EMAIL if role == accounts.PARTNER else "animation@exemple.invalid"
    kept = passwords.hash_password(PASSWORD, email)
    with writing(engine) as session:
        session.add(
            Account(id=account_id, email=email, name="Camille", role=role, password_hash=kept, created_at=LONG_AGO)
        )


def _side(doors: Doors) -> Side:
    def signed(email: str) -> TestClient:
        token = sessions.sign_in(
            doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
        )
        return browser(doors, token)

    return Side(doors, signed(EMAIL), signed("animation@exemple.invalid"), Names([], []))
