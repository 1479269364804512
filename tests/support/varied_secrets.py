"""The same secrets as others might have entered and held them: what must make no difference outside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from models.base import identifier
from models.tables import (
    Actor,
    CaseDocument,
    Consent,
    Contact,
    Interaction,
    Lot,
    Opportunity,
    SignedAgreement,
    StatedNeed,
    TakeoverCase,
)
from tests.support.secret_worlds import LONG_AGO, Row, Rows, World

# The tables whose rows have an identifier; other columns refer to it.
IDENTIFIED = (Actor, Opportunity, Lot, Consent, Contact, CaseDocument, Interaction, StatedNeed, SignedAgreement)
SOURCES = ("saisie", "reprises.csv", "marches.csv", "bodacc")


def entered_anew(world: World, rng: Random) -> World:
    """Return a world whose secrets have other natural keys, sources, identifiers, holders, days and order."""
    # A chance of its own: identifiers that come again in another world do so on both sides; the journal goes on.
    rng = Random(rng.getrandbits(64))
    renamed: dict[str, str] = {}
    for table in IDENTIFIED:
        for row in world.secret.get(table, ()):
            key = f"{rng.choice(SOURCES)}:{rng.getrandbits(64)}"
            renamed[row["id"]] = identifier(table.__tablename__, key)  # type: ignore[attr-defined]
    sirens = [row["siret"][:9] for row in world.public[Actor] if row["siret"]]
    secret = {
        table: _shuffled([_entered(row, renamed, sirens, rng) for row in rows], rng)
        for table, rows in world.secret.items()
    }
    return replace(world, secret=secret, secret_ids=tuple(renamed[secret_id] for secret_id in world.secret_ids))


def disguised(rows: Rows, rng: Random) -> Rows:
    """Return what is confidential with all that a teaser does not say changed; on so small a desk it says the
    département."""

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
    stated = [one | {"typed": {"title": "Autre"}, "name": "Autre"} for one in rows.get(StatedNeed, ())]
    signed = [one | {"signer": "Autre", "content": b"Autre"} for one in rows.get(SignedAgreement, ())]
    return dict(rows) | {
        SignedAgreement: signed,
        Opportunity: cases,
        TakeoverCase: takeovers,
        Contact: contacts,
        Interaction: interactions,
        StatedNeed: stated,
    }


def _entered(row: Row, renamed: Mapping[str, str], sirens: Sequence[str], rng: Random) -> Row:
    entered = {name: renamed.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    if "natural_key" in entered:
        source, source_id = rng.choice(SOURCES), str(rng.getrandbits(32))
        day = LONG_AGO + timedelta(days=rng.randint(0, 30), seconds=rng.randint(0, 86_400))
        entered |= {"natural_key": f"{source}:{source_id}", "source": source, "source_id": source_id}
        entered |= {"created_at": day, "updated_at": day}
    if "holder_siren" in entered:
        entered["holder_siren"] = rng.choice((None, "000000018", *sirens))
    return entered


def _shuffled(rows: list[Row], rng: Random) -> list[Row]:
    return rng.sample(rows, len(rows))
