"""Invented BODACC notices about one company, in the service's form, as a sequence may tell its case."""

import json
import random
from typing import Any

NATURES = {
    "opening": "Jugement d'ouverture de liquidation judiciaire",
    "conversion": "Jugement de conversion en liquidation judiciaire",
    "sold": "Jugement arrêtant un plan de cession",
    "plan": "Jugement de plan de redressement",
    "insufficient_assets": "Jugement de clôture pour insuffisance d'actif",
    "debts_paid": "Jugement de clôture pour extinction du passif",
    "nothing": "Dépôt de l'état des créances",
    "withdrawn": "Rétractation de jugement d'ouverture sur tierce opposition",
}


def bodacc_notice(
    number: int,
    step: str = "opening",
    *,
    day: int | None = None,
    kind: str = "annonce",
    amends: int | None = None,
    text: str | None = None,
    siren: str = "000400010",
    **fields: Any,
) -> dict[str, Any]:
    """Return the notice of a day of November 2026 (its number, unless told). amends: number of another notice.

    text: what the judgment says, under the nature of civil courts. Each notice has its own activity.
    """
    nature = "Autre jugement et ordonnance" if text is not None else NATURES[step]
    judgment = {"type": "initial", "famille": "Extrait de jugement", "nature": nature, "date": "2026-10-20"}
    person = {
        "typePersonne": "pm",
        "denomination": "LES TOILES DU RHONE",
        "formeJuridique": "Association déclarée",
        "activite": f"Tissage {number}",
        "numeroImmatriculation": {"numeroIdentification": siren, "codeRCS": "RCS", "nomGreffeImmat": "Valence"},
    }
    previous = amends and {
        "nomPublication": "BODACC A",
        "numeroParution": f"202601{amends:02}",
        "numeroAnnonce": 100 + amends,
    }
    return {
        "id": f"A202601{number:02}{100 + number}",
        "publicationavis": "A",
        "parution": f"202601{number:02}",
        "dateparution": f"2026-11-{day or number:02}",
        "numeroannonce": 100 + number,
        "typeavis": kind,
        "familleavis": "collective",
        "numerodepartement": "26",
        "tribunal": "GREFFE DU TRIBUNAL JUDICIAIRE DE VALENCE",
        "commercant": "LES TOILES DU RHONE",
        "ville": "Crest",
        "cp": "26400",
        "registre": [siren],
        "listepersonnes": json.dumps({"personne": person}, ensure_ascii=False),
        "jugement": json.dumps(judgment | {"complementJugement": text or ""}, ensure_ascii=False),
        "parutionavisprecedent": json.dumps(previous) if previous else None,
        "url_complete": f"https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:{number}",
    } | fields


def random_case(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Return notices of one company, some of which annul or rectify earlier ones, named or not, known or not."""
    notices = []
    for number in range(1, count + 1):
        kind = rng.choice(("annonce", "annonce", "annonce", "rectificatif", "annulation"))
        step = rng.choice(tuple(NATURES))
        amends = rng.choice((None, *range(1, number), 40)) if kind != "annonce" or step == "withdrawn" else None
        notices.append(bodacc_notice(number, step, kind=kind, amends=amends, day=max(1, number - rng.randrange(2))))
    return notices
