"""Which pages are measured, each with the requests that open it, another record each time."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts.audience import Audience
from bench.encoder import fixture_texts
from bench.record_ids import actor_ids, opportunity_ids
from bench.world import actors
from models.brokerage import BrokerageCase
from models.contacts import Contact
from models.database import reading
from models.opportunities import Opportunity

Send = Callable[[str], httpx2.Response]


@dataclass(frozen=True)
class Ids:
    """Ids of some records of a world."""

    actors: Sequence[str]
    opportunities: Sequence[str]
    public: Sequence[str]  # opportunities that are not confidential
    markets: Sequence[str]
    takeovers: Sequence[str]
    cases: Sequence[str]
    contacts: Sequence[str]


def read_ids(engine: Engine, count: int) -> Ids:
    """Return so many ids of each kind."""
    with reading(engine) as session:
        takeovers = session.exec(select(Opportunity.id).where(Opportunity.confidential, Opportunity.kind == "takeover"))
        markets = session.exec(select(Opportunity.id).where(Opportunity.kind == "market").order_by(Opportunity.id))
        return Ids(
            actor_ids(engine, count, Audience()),
            opportunity_ids(engine, count),
            opportunity_ids(engine, count, Audience()),
            _turning(markets.all(), count),
            _turning(takeovers.all(), count),
            _turning(session.exec(select(BrokerageCase.id).order_by(BrokerageCase.id).limit(count)).all(), count),
            _turning(session.exec(select(Contact.id).order_by(Contact.id).limit(count)).all(), count),
        )


def desk_pages(ids: Ids) -> Mapping[str, Sequence[str]]:
    """Return the addresses of each page of a facilitator."""
    count = len(ids.actors)
    numbers = range(1, count + 1)
    sheet = f"feuille?{'&'.join(f'acteur={one}' for one in ids.actors[:6])}"
    compared = f"comparer?{'&'.join(f'acteur={one}' for one in ids.actors[:6])}&closes=oui"
    trades = ("menuiserie", "espaces verts", "nettoyage", "maçonnerie", "restauration")
    return {
        "ma journée": ["/"] * count,
        "opportunités, page après page": [f"/opportunites?page={1 + number % 20}" for number in numbers],
        "opportunités filtrées": [f"/opportunites?reserve=oui&tri=acheteur&page={number % 9}" for number in numbers],
        "opportunité": [f"/opportunites/{one}?closes=oui" for one in ids.opportunities],
        "feuille pour l’acheteur": [f"/opportunites/{one}/{sheet}" for one in ids.public],
        "groupement": [f"/opportunites/{one}/groupement?closes=oui" for one in ids.markets],
        "comparer six acteurs": [f"/opportunites/{one}/{compared}" for one in ids.opportunities],
        "dossiers d’une opportunité": [f"/opportunites/{one}/dossiers?nom=menuiserie" for one in ids.opportunities],
        "confidentialité d’une reprise": [f"/opportunites/{one}/confidentialite" for one in ids.takeovers],
        "corriger une opportunité": [f"/opportunites/{one}/corriger" for one in ids.opportunities],
        "à venir": ["/a-venir"] * count,
        "liste des acteurs": [f"/acteurs?page={number}" for number in numbers],
        "acteurs d’un métier": [f"/acteurs?metier={trades[number % 5]}" for number in numbers],
        "acteurs autour d’une commune": [f"/acteurs?lieu=Valence&rayon=30&page={number % 9}" for number in numbers],
        "acteurs sans échange": [f"/acteurs?sans_echange=90&page={number}" for number in numbers],
        "acteur": [f"/acteurs/{one}" for one in ids.actors],
        "corriger un acteur": [f"/acteurs/{one}/corriger" for one in ids.actors],
        "financements d’un acteur": [f"/acteurs/{one}/financements" for one in ids.actors],
        "historique d’un acteur": [f"/acteurs/{one}/historique" for one in ids.actors],
        "contact": [f"/contacts/{one}" for one in ids.contacts],
        "titulaires": ["/titulaires"] * count,
        "archives": ["/archives"] * count,
        "suivi": ["/dossiers"] * count,
        "suivi de tous": ["/dossiers?responsable=tous"] * count,
        "dossiers clos": [f"/dossiers?responsable=tous&etat=closed&page={number}" for number in numbers],
        "dossier": [f"/dossiers/{one}" for one in ids.cases],
        "reprises": ["/reprises"] * count,
        "courriers": ["/courriers"] * count,
        "à valider": ["/a-valider"] * count,
        "rapport": ["/rapport"] * count,
        "importer": ["/importer"] * count,
    }


def takeover_pages(ids: Ids) -> Mapping[str, Sequence[str]]:
    """Return the addresses of each page of a takeover, for facilitators; and of the report, which draws them."""
    parts = {
        "toute une reprise": "",
        "étapes d’une reprise": "/etapes",
        "rôles d’une reprise": "/roles",
        "proposer une reprise": "/proposer",
        "fiche aveugle": "/fiche",
        "informations d’une reprise": "/informations",
        "financement": "/financement",
        "note de financement": "/financement/note",
        "engagements d’une reprise": "/engagement",
        "qui a vu quoi": "/vu",
        "agenda d’une reprise": "/calendrier.ics",
    }
    pages = {name: [f"/opportunites/{one}/reprise{part}" for one in ids.takeovers] for name, part in parts.items()}
    years = [f"/rapport?axe={number % 4 or ''}&departement={('', '26', '07')[number % 3]}" for number in range(100)]
    return {
        **pages,
        "rapport filtré": years[: len(ids.takeovers)],
        "texte de l’engagement": ["/engagement-de-confidentialite"] * len(ids.takeovers),
    }


def searches(client: httpx2.Client, count: int) -> Mapping[str, tuple[Sequence[str], Send]]:
    """Return what is searched for in the two ways, and how it is sent."""

    def find(words: str) -> httpx2.Response:
        return client.post("/trouver", data={"mots": words}, follow_redirects=True)

    def search(text: str) -> httpx2.Response:
        return client.post("/recherche", data={"texte": text}, follow_redirects=True)

    texts = _turning(fixture_texts(), count)
    return {"recherche d’un texte": (texts, search), "chercher en haut de la page": (half_remembered(count), find)}


def best_actor(client: httpx2.Client, actors: Sequence[str], key: str) -> str:
    """Return the actor with the best proposal that an outsider is told of, by a client's API key."""

    def best_score(actor: str) -> float:
        answer = client.post("/api/matches", json={"actor_id": actor, "k": 1}, headers={"X-API-Key": key})
        rankings: list[dict[str, Any]] = answer.raise_for_status().json()["rankings"]
        return max((entry["score"] for ranking in rankings for entry in ranking["suggestions"]), default=0.0)

    return max(actors, key=best_score)


def space_pages(client: httpx2.Client, count: int) -> Mapping[str, Sequence[str]]:
    """Return the addresses of each page of a signed-in partner."""
    proposals = _linked(client, "/espace", r"/espace/propositions/[^\"?]+")
    opened = _linked(client, "/espace", r"/espace/dossiers/[^\"?]+")
    own_actors = _linked(client, "/espace/acteurs", r"/espace/acteurs/[^\"?/]+")
    return {
        "espace : propositions": ["/espace"] * count,
        "espace : une proposition": _turning(proposals, count),
        "espace : un dossier ouvert": _turning(opened, count),
        "espace : ses acteurs": ["/espace/acteurs"] * count,
        "espace : un acteur": _turning(own_actors, count),
    }


def half_remembered(count: int) -> list[str]:
    """Return searches: two words of a name with a slip, a trade, a trade and a town, a SIRET."""
    rng = random.Random(1)
    rows = list(actors(random.Random(0), count))
    searches = []
    for number, row in enumerate(rows):
        first, second, *_ = row["nom"].split()
        slip = rng.randrange(1, len(first))
        trade = row["activites"].partition(" | ")[0]
        kinds = (f"{first[:slip]}{first[slip + 1 :]} {second}", trade, f"{trade} {row['commune']}", row["siret"])
        searches.append(kinds[number % len(kinds)][:100])
    return searches


def _turning(values: Sequence[str], count: int) -> list[str]:
    """Return so many of the values, from the first again where they do not suffice."""
    return [values[number % len(values)] for number in range(count)] if values else []


def _linked(client: httpx2.Client, address: str, pattern: str) -> list[str]:
    """Return the addresses of a pattern that a page links to."""
    return re.findall(rf'href="({pattern})"', client.get(address).raise_for_status().text)
