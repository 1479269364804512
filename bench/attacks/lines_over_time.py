"""Lines over time: whoever kept every line of a case, and every list of public actors, looks for those that fit all."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlmodel import Session, col, select

from api.catalogue.places import queries as place_queries
from api.confidentiality import queries
from api.confidentiality.crowd import K_ANONYMITY
from api.confidentiality.facts import Facts, facts_of, step_values
from api.confidentiality.queries import PublicEstablishment
from api.confidentiality.teaser import Teasers
from api.confidentiality.told_lines import ToldLine, last_lines
from bench.served_copy import Outcome, ServedCopy
from models.base import identifier
from models.database import reading, writing
from models.tables import Actor, Commune, Opportunity, TakeoverCase

CASES, PORTIONS, PORTION = 60, 4, 150
TRADES = ("43.32A", "43.91B", "81.30Z", "10.71C", "56.10A", "88.10A", "38.11Z", "16.23Z", "45.20A", "62.01Z", "49.41A")
# The served process looks for changes four times a second; lines that stay the same for so long are told.
STILL_S, LONGEST_S = 2.0, 30.0


@dataclass(frozen=True)
class Moment:
    """The public establishments, and the lines that could be read among them."""

    establishments: Sequence[PublicEstablishment]
    lines: Mapping[str, ToldLine]


def attack(copy: ServedCopy) -> list[Outcome]:
    """Let a desk grow four times, and count who fits all lines of each case."""
    rng = Random(26)
    with reading(copy.engine) as session:
        communes = list(
            session.exec(
                select(Commune).where(col(Commune.department).in_(copy.settings.departments)).order_by(Commune.code)
            ).all()
        )
        names = {commune.code: commune.name for commune in place_queries.all_communes(session)}
    facts_by_case = _announce(copy, rng, communes)
    moments = [_told(copy, facts_by_case)]
    for portion in range(PORTIONS):
        _grow(copy, rng, communes, portion)
        moments.append(_told(copy, facts_by_case))
    crowds = [Teasers(moment.establishments, copy.settings.departments) for moment in moments]
    public = [
        facts_of(row, row.headcount, row.headcount_band)
        for row in moments[-1].establishments
        if row.department in copy.settings.departments
    ]
    betrayed = sum(_fitting(crowds, moments, case_id, public, names) < K_ANONYMITY for case_id in facts_by_case)
    alone = sum(_fitting_alone(crowds, facts, public) < K_ANONYMITY for facts in facts_by_case.values())
    told_again = sum(moments[-1].lines[case_id].number > 1 for case_id in facts_by_case)
    return [
        Outcome(
            "toutes les lignes d’un cas, ensemble",
            betrayed == 0,
            f"{betrayed} cas sur {len(facts_by_case)} à moins de {K_ANONYMITY} ({told_again} redits plus finement) ; "
            f"{alone} sans registre des lignes",
            "29 à 52 % des cas",
        )
    ]


def _announce(copy: ServedCopy, rng: Random, communes: Sequence[Commune]) -> dict[str, Facts]:
    """Add announced cases; return their facts by id."""
    facts_by_case: dict[str, Facts] = {}
    with writing(copy.engine) as session:
        for number in range(CASES):
            commune, key = rng.choice(communes), f"attaque:{number}"
            case_id = identifier("opportunities", key)
            facts = Facts(rng.choice(TRADES), commune.code, commune.department, rng.choice((2, 4, 8, 15, 30)))
            facts_by_case[case_id] = facts
            session.add(
                Opportunity(
                    id=case_id,
                    natural_key=key,
                    content_hash="",
                    source="attaque",
                    source_id=key,
                    title=f"Cas {number}",
                    kind="takeover",
                    confidential=True,
                    teaser="Un cas",
                    naf=[{"code": facts.naf}],
                    commune_code=facts.commune,
                    department=facts.department,
                )
            )
        session.flush()
        session.add_all(
            TakeoverCase(opportunity_id=case_id, cause="other", headcount=facts.headcount)
            for case_id, facts in facts_by_case.items()
        )
    return facts_by_case


def _grow(copy: ServedCopy, rng: Random, communes: Sequence[Commune], portion: int) -> None:
    """Add public actors at once; some trades and communes have many.

    They have few texts, so that the desk shows all of them at once: what is public at each line is known.
    """
    with writing(copy.engine) as session:
        for number in range(PORTION):
            key, commune = f"attaque:{portion}:{number}", communes[min(int(rng.paretovariate(0.6)), len(communes)) - 1]
            trade = TRADES[min(int(rng.paretovariate(0.9)), len(TRADES)) - 1]
            session.add(
                Actor(
                    id=identifier("actors", key),
                    natural_key=key,
                    content_hash="",
                    source="attaque",
                    source_id=key,
                    name="Établissement",
                    kind="scop",
                    naf=[{"code": trade}],
                    commune_code=commune.code,
                    department=commune.department,
                    headcount=rng.choice((None, 1, 2, 4, 8, 15, 30, 60)),
                )
            )


def _told(copy: ServedCopy, cases: Mapping[str, Facts]) -> Moment:
    """Wait until the served process has told each case, and tells nothing more; return what can be read."""
    began = still_since = time.monotonic()
    lines: dict[str, ToldLine] = {}
    while time.monotonic() - began < LONGEST_S:
        with reading(copy.engine) as session:
            moment = _readable(session, cases)
        if moment.lines != lines or len(moment.lines) < len(cases):
            lines, still_since = dict(moment.lines), time.monotonic()
        elif time.monotonic() - still_since > STILL_S:
            return moment
        time.sleep(0.25)
    raise TimeoutError("the served process does not tell its cases")


def _readable(session: Session, cases: Mapping[str, Facts]) -> Moment:
    return Moment(queries.public_establishments(session), last_lines(session, cases.keys()))


def _fitting(
    crowds: Sequence[Teasers],
    moments: Sequence[Moment],
    case_id: str,
    public: Sequence[Facts],
    names: Mapping[str, str],
) -> int:
    """Return how many public establishments would have read as the case did at every moment."""
    before: ToldLine | None = None
    fitting = list(public)
    for teasers, moment in zip(crowds, moments, strict=True):
        line = moment.lines[case_id]
        fitting = [facts for facts in fitting if teasers.of(facts, names, before).text == line.text]
        before = line
    return len(fitting)


def _fitting_alone(crowds: Sequence[Teasers], case: Facts, public: Sequence[Facts]) -> int:
    """Return the same if each line were drawn alone, as before there was a ledger."""
    fitting = {step_values(facts) for facts in public}
    for teasers in crowds:
        described = teasers.describe(case)
        fitting = {
            step_values(facts)
            for facts in set(public)
            if step_values(facts) in fitting and teasers.describe(facts) == described
        }
    return sum(step_values(facts) in fitting for facts in public)
