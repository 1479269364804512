"""The command that loads the reference actors; merged into `api.cli`."""

import typer

from api.commands.consoles import console
from api.commands.terminal import engine
from api.core.french import plural
from api.open_data.reference_actors import load_reference_actors
from models.base import utc_now

app = typer.Typer()


@app.command(name="reference-actors")
def reference_actors_command() -> None:
    """Ajoute les réseaux qui accompagnent et financent les reprises, ou les met à jour ; vos corrections restent."""
    counts = load_reference_actors(engine(), now=utc_now())
    created, changed = plural(counts.created, "réseau ajouté", "réseaux ajoutés"), plural(counts.changed, "modifié")
    products = plural(counts.products, "financement écrit", "financements écrits")
    console.print(f"{created}, {changed} ; {products}.", highlight=False)
