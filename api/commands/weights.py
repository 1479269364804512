"""Commands about the versions of the weights."""

from typing import Annotated

import typer
from rich.table import Table

from api.commands.consoles import console
from api.commands.terminal import add_text_row, engine
from api.core.clock import PARIS
from api.core.french import day
from api.learning import weights
from models.database import reading
from models.weights import WeightsVersion

app = typer.Typer()


WEIGHTS_STATUS = {"candidate": "à l’essai", "active": "actifs", "retired": "retirés"}


@app.command(name="weights")
def weights_command() -> None:
    """Liste les versions des poids du score, la plus récente d’abord."""
    table = Table("poids", "état", "note", "créés le")
    opened = engine()
    weights.active_version(opened)  # where there was none yet, the prior becomes the first
    with reading(opened) as session:
        versions = weights.list_weights(session)
    for version in versions:
        created_at = version.created_at.astimezone(PARIS)
        cell_texts = (
            version.id,
            WEIGHTS_STATUS[version.status],
            version.note,
            f"{day(created_at.date().isoformat())}, {created_at:%H:%M}",
        )
        add_text_row(table, *cell_texts)
    console.print(table)


@app.command(name="weights-activate")
def weights_activate_command(
    weights_id: Annotated[str, typer.Argument(help="L’identifiant que donne `weights`.")],
) -> None:
    """Rend des poids actifs ; ceux qui l’étaient sont retirés."""
    print_active(weights.activate(engine(), weights_id))


@app.command(name="weights-rollback")
def weights_rollback_command() -> None:
    """Rétablit les derniers poids retirés ; une seconde fois, revient sur la première."""
    print_active(weights.rollback(engine()))


def print_active(version: WeightsVersion) -> None:
    note_words = f" ({version.note})" if version.note else ""
    console.print(f"Poids actifs : {version.id}{note_words}", markup=False, highlight=False, soft_wrap=True)
