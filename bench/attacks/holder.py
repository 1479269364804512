"""Whoever holds a case asks whether the desk knows: is it told one line less than the others?"""

import httpx2
from sqlmodel import col, select

from api.accounts import api_keys
from api.alerts.composing import compose_alerts
from api.core.clock import day_in_france
from api.mailing.links import open_signer
from api.matching.desk import Desk
from bench.served_copy import Outcome, ServedCopy
from matcher.embedding import open_encoder
from models.base import utc_now
from models.database import reading, writing
from models.tables import AccountActor, Actor, Announcement, OutboxMessage, Partner, Subscription

ALIKE = 5
LINE = "Entreprise à reprendre"
ANOTHER = "000000018"


def attack(copy: ServedCopy) -> list[Outcome]:
    """Enter five cases alike, one of them held by a followed actor or by another, and compare what mails tell."""
    with reading(copy.engine) as session:
        holds = select(Actor).join(AccountActor, col(AccountActor.actor_id) == Actor.id)
        own = session.exec(holds.where(col(Actor.siret).is_not(None)).order_by(Actor.name)).first()
    assert own is not None
    assert own.siret is not None
    desk = Desk(copy.engine, open_encoder(copy.settings.encoder), copy.settings.departments)
    with copy.program(api_keys.FACILITATOR) as house:
        case_ids = [_entered(house, number) for number in range(ALIKE)]
        lines = []
        for siren in (ANOTHER, own.siret[:9]):
            changed = house.patch(f"/api/opportunities/{case_ids[0]}", json={"takeover": {"holder_siren": siren}})
            changed.raise_for_status()
            lines.append((_told(copy, desk, own.id), _told(copy, desk, None)))
    (another, _), (holder, search) = lines
    return [
        Outcome(
            "cinq cas pareils, dont un à soi, par courriel",
            holder == another > 0,
            f"{holder} lignes à qui en détient un, {another} aux autres, {search} à une recherche",
            "une de moins à qui en détient un (4 pour 5)",
        ),
    ]


def _entered(house: httpx2.Client, number: int) -> str:
    case = {
        "source_id": f"attaque-{number}",
        "kind": "takeover",
        "title": f"Paysages {number}",
        "teaser": "Entretien d’espaces verts",
        "naf": [{"code": "81.30Z"}],
        "commune_code": "26108",
        "takeover": {"cause": "retirement", "headcount": 6, "holder_siren": ANOTHER},
    }
    answer = house.post("/api/opportunities", json=case)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _told(copy: ServedCopy, desk: Desk, actor_id: str | None) -> int:
    """Return how many lines of takeovers a mail tells who follows an actor, or words that suit all cases."""
    now, search = utc_now(), None if actor_id else "entretien d’espaces verts"
    many = copy.settings.model_copy(update={"weekly_per_actor": 10_000, "weekly_per_partner": 10_000})
    with writing(copy.engine) as session:
        for table in (Announcement, OutboxMessage, Subscription):
            for row in session.exec(select(table)).all():
                session.delete(row)
            session.flush()
        session.merge(Partner(id="holder", email="cedant@exemple.invalid", status="active"))
        session.flush()
        session.add(
            Subscription(
                id="s",
                partner_id="holder",
                actor_id=actor_id,
                search=search,
                least="unlikely",
                most=10_000,
                confirmed_at=now,
            )
        )
    compose_alerts(desk, open_signer(copy.settings), night=day_in_france(now), now=now, options=many)
    with reading(copy.engine) as session:
        return sum(row.text.count(LINE) for row in session.exec(select(OutboxMessage)).all())
