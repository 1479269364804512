"""Commands that load the invented world and play its night."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.accounts import api_keys
from api.catalogue import records
from api.commands.consoles import console
from api.commands.imports import print_report
from api.commands.matching import FACILITATOR, print_answer
from api.commands.night import print_night
from api.commands.terminal import desk, engine
from api.core import clock
from api.core.clock import PARIS
from api.core.french import plural
from api.core.settings import settings
from api.demo.logins import demo_logins
from api.imports.importing import ingest
from api.matching import suggest
from api.open_data.reference_actors import load_reference_actors
from models.base import utc_now
from models.database import reading

app = typer.Typer()


@app.command(name="demo")
def demo_command() -> None:
    """Charge le monde inventé de fixtures/ et montre des rapprochements."""
    from api.demo.cases import invent_cases
    from api.demo.interactions import invent_interactions
    from api.demo.takeovers import invent_takeovers
    from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY

    database, today = engine(), clock.today_in_france()
    # The invented world lives on its own day; its dates are moved to ours.
    shift_days = (today - FIXTURES_TODAY).days
    for file_name, kind in FIXTURE_FILES:
        print_report(ingest(database, FIXTURES / file_name, kind, source="demo", shift_days=shift_days))
    load_reference_actors(database, now=utc_now())
    demo_desk = desk(database)
    snapshot = demo_desk.snapshot()
    opportunity_ids = [
        records.find(database, "opportunities", opportunity_name, FACILITATOR)
        for opportunity_name in ("m001", "m012", "r001")
    ]
    actor_id = records.find(database, "actors", "a001", FACILITATOR)
    need_text = "Tonte et débroussaillage de deux hectares autour de l’école, à Crest"
    with reading(database) as session:
        for opportunity_id in opportunity_ids:
            (answer, *_) = suggest.actors_for_opportunity(
                session, snapshot, opportunity_id, FACILITATOR, k=5, today=today
            )
            print_answer(answer)
        print_answer(suggest.opportunities_for_actor(snapshot, actor_id, FACILITATOR, k=5, today=today))
        (answer,) = suggest.actors_for_text(
            session, snapshot, demo_desk.encoder, need_text, FACILITATOR, k=5, today=today
        )
        print_answer(answer, need_text)
    partner_actors = [records.find(database, "actors", reference, FACILITATOR) for reference in ("a001", "a026")]
    options = settings()
    console.print(f"Le bureau : http://{options.host}:{options.port}/connexion – pour y entrer :", highlight=False)
    for role, email, password in demo_logins(database, partner_actors, options):
        console.print(f"  {role} : {email}  {password}", highlight=False, markup=False)
    n_cases = invent_cases(database, demo_desk, now=datetime.now(PARIS), options=options)
    n_takeovers = invent_takeovers(database, now=datetime.now(PARIS), options=options)
    n_contacts = invent_interactions(database, now=datetime.now(PARIS))
    console.print(
        f"Contacts : {plural(n_contacts, 'inventé')}, avec leurs échanges, et deux modèles de mails.", highlight=False
    )
    console.print(f"Reprises : {plural(n_takeovers, 'cas mené', 'cas menés')} par étapes.", highlight=False)
    console.print(
        f"Suivi : {plural(n_cases, 'dossier inventé', 'dossiers inventés')}, sur la page « Suivi ».", highlight=False
    )
    api_key = api_keys.create_key(database, "développement", api_keys.FACILITATOR)
    if api_key:
        console.print(f"Clé d’API (montrée cette seule fois) : {api_key}", soft_wrap=True, highlight=False)
    else:
        console.print(
            "La clé « développement » existe déjà ; pour une autre : "
            "POLESUD_DATABASE_URL=sqlite:///var/demo.db .venv/bin/python -m api.cli key développement "
            "--facilitator --replace",
            soft_wrap=True,
        )


@app.command(name="demo-night")
def demo_night_command(
    folder: Annotated[Path, typer.Option(help="Où écrire les courriels (.eml et .html).")] = Path("var/demo-night"),
) -> None:
    """Joue une nuit sur le monde inventé, deux fois : la seconde n’envoie rien."""
    from api.demo.night import demo_night  # its mail catcher is a tool of development

    for run_number, (night_report, n_caught) in enumerate(demo_night(engine(), folder, settings()), start=1):
        print_night(night_report, title=f"Passage {run_number}")
        console.print(
            f"Passage {run_number} : {plural(n_caught, 'courriel reçu', 'courriels reçus')} par l’attrape-courriels.",
            highlight=False,
        )
    console.print(f"Courriels : {folder}", soft_wrap=True, highlight=False)
