"""Commands that load the invented world and play its night."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.accounts import api_keys
from api.catalogue import records
from api.commands.matching import FACILITATOR, print_answer, print_report
from api.commands.night import print_night
from api.commands.terminal import console, desk, engine
from api.core import clock
from api.core.clock import PARIS
from api.core.french import number
from api.core.settings import settings
from api.demo.logins import demo_logins
from api.imports.importing import ingest
from api.matching import suggest
from models.database import reading

app = typer.Typer()


@app.command(name="demo")
def demo_command() -> None:
    """Charge le monde inventé de fixtures/ et montre des rapprochements."""
    from api.demo.cases import invent_cases
    from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY

    opened, today = engine(), clock.today_in_france()
    # The invented world lives on its own day; its dates are moved to ours.
    shift = (today - FIXTURES_TODAY).days
    for name, kind in FIXTURE_FILES:
        print_report(ingest(opened, FIXTURES / name, kind, source="demo", shift_days=shift))
    table = desk(opened)
    snapshot = table.snapshot()
    openings = [records.find(opened, "opportunities", one, FACILITATOR) for one in ("m001", "m012", "r001")]
    actor = records.find(opened, "actors", "a001", FACILITATOR)
    text = "Tonte et débroussaillage de deux hectares autour de l’école, à Crest"
    with reading(opened) as session:
        for one in openings:
            (answer, *_) = suggest.actors_for_opportunity(session, snapshot, one, FACILITATOR, k=5, today=today)
            print_answer(answer)
        print_answer(suggest.opportunities_for_actor(snapshot, actor, FACILITATOR, k=5, today=today))
        answer = suggest.actors_for_text(session, snapshot, table.encoder, text, FACILITATOR, k=5, today=today)
        print_answer(answer, text)
    theirs = [records.find(opened, "actors", reference, FACILITATOR) for reference in ("a001", "a026")]
    options = settings()
    console.print(f"Le bureau : http://{options.host}:{options.port}/connexion – pour y entrer :", highlight=False)
    for role, email, password in demo_logins(opened, theirs, options):
        console.print(f"  {role} : {email}  {password}", highlight=False, markup=False)
    cases = invent_cases(opened, table, now=datetime.now(PARIS), options=options)
    console.print(f"Suivi : {number(cases)} dossiers inventés, sur la page « Suivi ».", highlight=False)
    secret = api_keys.create_key(opened, "développement", api_keys.FACILITATOR)
    if secret:
        console.print(f"Clé d’API (montrée cette seule fois) : {secret}", soft_wrap=True, highlight=False)
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

    for turn, (found, caught) in enumerate(demo_night(engine(), folder, settings()), start=1):
        print_night(found, title=f"Passage {turn}")
        console.print(f"Passage {turn} : {number(caught)} courriels reçus par l’attrape-courriels.", highlight=False)
    console.print(f"Courriels : {folder}", soft_wrap=True, highlight=False)
