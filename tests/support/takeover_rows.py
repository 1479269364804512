"""Rows of takeover cases on small random desks: file, facts, roles, sheet, consents, documents, plan."""

from datetime import timedelta
from random import Random

from api.core.clock import today_in_france
from api.takeovers.financing.plan import Plan, PlanLine, Source, Use
from models.base import identifier
from models.tables import (
    BlindSheet,
    CaseDocument,
    CaseProposal,
    Consent,
    FinanceProduct,
    FinancingPlan,
    SignedAgreement,
    TakeoverCandidate,
    TakeoverCase,
    TakeoverDate,
    TakeoverFacts,
    TakeoverFile,
    TakeoverStep,
    TakeoverYear,
)
from tests.support.secret_rows import FACILITATOR, LONG_AGO, Row, words


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
