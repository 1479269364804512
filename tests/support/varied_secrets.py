"""The same secrets as others might have entered and held them: what must make no difference outside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from api.partner_view.ties import Ties
from models.base import identifier
from models.tables import (
    Actor,
    BlindSheet,
    CaseDocument,
    CaseProposal,
    Consent,
    Contact,
    FinancingPlan,
    Interaction,
    Lot,
    Opportunity,
    SignedAgreement,
    StatedNeed,
    Suggestion,
    TakeoverCase,
    TakeoverDate,
    TakeoverFacts,
    TakeoverFile,
    TakeoverStep,
    TakeoverYear,
)
from tests.support.secret_rows import LONG_AGO, Row, Rows
from tests.support.secret_worlds import World

# The tables whose rows have an identifier; other columns refer to it.
IDENTIFIED = (
    Actor,
    Opportunity,
    Lot,
    Consent,
    CaseProposal,
    Contact,
    CaseDocument,
    Interaction,
    StatedNeed,
    BlindSheet,
    SignedAgreement,
)
SOURCES = ("saisie", "reprises.csv", "marches.csv", "bodacc")


def entered_anew(world: World, rng: Random, ties: Sequence[Ties] = ()) -> World:
    """Return a world whose secrets have other natural keys, sources, identifiers, holders, days and order.

    ties: by which the cases that may be told keep their order, however they are called. Which of several cases with one
    line stands first goes by them, under a key: no outsider can use it, but acts and sheets tell those cases apart.
    """
    told = [row["id"] for row in world.secret.get(Opportunity, ()) if row["teaser"]]
    # A chance of its own: identifiers that come again in another world do so on both sides; the journal goes on. Of
    # what they are drawn for too: where other cases are told, one side may draw again below, and the other not.
    drawn_for = [[row["id"] in told for row in world.secret.get(table, ())] for table in IDENTIFIED]
    rng = Random(f"{drawn_for} {rng.getrandbits(64)}")
    renamed: dict[str, str] = {}
    for table in IDENTIFIED:
        for row in world.secret.get(table, ()):
            key = f"{rng.choice(SOURCES)}:{rng.getrandbits(64)}"
            renamed[row["id"]] = identifier(table.__tablename__, key)  # type: ignore[attr-defined]
    while not all(_is_sorted([each.place(renamed[case_id]) for case_id in told]) for each in ties):
        renamed |= {case_id: identifier("opportunities", rng.getrandbits(64)) for case_id in told}
    # The pairs are named by their two sides.
    for row in world.secret.get(Suggestion, ()):
        renamed[row["id"]] = identifier("suggestions", row["actor_id"], _subject(renamed, row))
    sirens = [row["siret"][:9] for row in world.public[Actor] if row["siret"]]
    secret = {
        table: _shuffled([_entered(row, renamed, sirens, rng) for row in rows], rng)
        for table, rows in world.secret.items()
    }
    return replace(world, secret=secret, secret_ids=tuple(renamed[secret_id] for secret_id in world.secret_ids))


def disguised(rows: Rows, rng: Random, *, own: str) -> Rows:
    """Return what is confidential with all that a teaser does not say changed; on so small a desk it says the
    département. What was proposed to the actor `own` stays proposed; a blind sheet that it may read says the same.
    """

    def other(one: dict[str, Any], number: int) -> dict[str, Any]:
        return one | {
            "title": f"Autre {number}",
            "teaser": rng.choice(("autre", one["teaser"])),
            "description": rng.choice((None, "tonte haies")),
            "naf": rng.choice(([], [{"code": "81.30Z"}])),
            "commune_code": {"26": "26108", "07": "07186"}.get(one["department"] or ""),
            "amount_eur": 1,
            "lat": 44.9,
            "lon": 4.9,
        }

    cases = [other(one, number) if one["teaser"] else one for number, one in enumerate(rows[Opportunity])]
    takeovers = [one | {"headcount": 77, "price_max_eur": 1, "cause": "retirement"} for one in rows[TakeoverCase]]
    contacts = [one | {"name": "Autre", "phone": "", "role": rng.choice(("", "autre"))} for one in rows[Contact]]
    interactions = [one | {"text": "Autre", "kind": "call"} for one in rows[Interaction]]
    read = {row["opportunity_id"] for row in (*rows[CaseProposal], *rows[Consent]) if _lets_read(row, own)}
    sheets = [
        other_sheet(one, rng, is_read=bool(one["approved_on"]) and one["opportunity_id"] in read)
        for one in rows[BlindSheet]
    ]
    plans = [one | {"number": 3, "content": {"jobs_kept": 99}} for one in rows.get(FinancingPlan, ())]
    files = [one | {"stage": "closed", "jobs_kept": 9} for one in rows.get(TakeoverFile, ())]
    steps = [one | {"note": "Autre"} for one in rows.get(TakeoverStep, ())]
    dates = [one | {"said_by": "Autre", "day": LONG_AGO.date()} for one in rows.get(TakeoverDate, ())]
    stated = [one | {"typed": {"title": "Autre"}, "name": "Autre"} for one in rows.get(StatedNeed, ())]
    facts = [one | {"reason": "Autre", "premises": "none", "key_roles": []} for one in rows.get(TakeoverFacts, ())]
    years = [one | {"turnover_eur": 1, "result_eur": -1} for one in rows.get(TakeoverYear, ())]
    # What its own people signed is no secret to a partner.
    signed = [
        one if one["actor_id"] == own else one | {"signer": "Autre", "content": b"Autre"}
        for one in rows.get(SignedAgreement, ())
    ]
    proposals = [proposal for one in rows[CaseProposal] for proposal in _proposed_otherwise(one, rng, own)]
    return dict(rows) | {
        SignedAgreement: signed,
        Opportunity: cases,
        CaseProposal: proposals,
        TakeoverFacts: facts,
        TakeoverYear: years,
        TakeoverCase: takeovers,
        TakeoverFile: files,
        TakeoverStep: steps,
        TakeoverDate: dates,
        Contact: contacts,
        Interaction: interactions,
        BlindSheet: sheets,
        StatedNeed: stated,
        FinancingPlan: plans,
    }


def one_sided(consents: Sequence[Row]) -> list[Row]:
    """Return the first of the consents of each case: one side's alone opens nothing but that it was given."""
    return list({row["opportunity_id"]: row for row in reversed(consents)}.values())


def _proposed_otherwise(row: Row, rng: Random, own: str) -> list[Row]:
    """Return a proposal as another facilitator made it another day; if it is not to `own`, or was taken back, perhaps
    otherwise or not at all."""
    other = row | {"proposed_at": LONG_AGO + timedelta(days=rng.randint(0, 30)), "proposed_by": "another"}
    if row["withdrawn_at"] is None and row["actor_id"] == own:
        return [other]
    if row["actor_id"] != own:
        other |= {"withdrawn_at": rng.choice((None, row["proposed_at"] + timedelta(days=301)))}
    return [other] if rng.random() < 0.5 else []


def _lets_read(act: Row, own: str) -> bool:
    """Return whether a proposal or a consent lets `own` read the blind sheet: the house made it, and it stands."""
    return act["actor_id"] == own and act["withdrawn_at"] is None and act.get("side", "holder") == "holder"


def other_sheet(sheet: Row, rng: Random, *, is_read: bool) -> Row:
    """Return a version with all changed that nobody outside may read; of one that is read, who agreed, how and when."""
    known = {"line": rng.choice(("Autre", sheet["line"])), "saved_by": rng.choice(("Autre", sheet["saved_by"]))}
    if sheet["approved_on"]:
        known |= {"approved_on": date(2026, 2, 2), "approved_by": "court", "approved_how": "signed"}
    if is_read:
        return sheet | known
    return sheet | known | {"told": [["Prix demandé", "autre"]], "strengths": "Autre", "code_name": "Autre"}


def _entered(row: Row, renamed: Mapping[str, str], sirens: Sequence[str], rng: Random) -> Row:
    entered = {name: renamed.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    if "subject" in entered:
        entered["subject"] = _subject(renamed, row)
    if "natural_key" in entered:
        source, source_id = rng.choice(SOURCES), str(rng.getrandbits(32))
        day = LONG_AGO + timedelta(days=rng.randint(0, 30), seconds=rng.randint(0, 86_400))
        entered |= {"natural_key": f"{source}:{source_id}", "source": source, "source_id": source_id}
        entered |= {"created_at": day, "updated_at": day}
    if "holder_siren" in entered:
        entered["holder_siren"] = rng.choice((None, "000000018", *sirens))
    return entered


def _is_sorted(places: Sequence[bytes]) -> bool:
    return list(places) == sorted(places)


def _subject(renamed: Mapping[str, str], row: Row) -> str:
    return f"opportunity:{renamed.get(row['opportunity_id'], row['opportunity_id'])}"


def _shuffled(rows: list[Row], rng: Random) -> list[Row]:
    return rng.sample(rows, len(rows))
