"""Commands about the service itself: its tables, serving it."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.terminal import console, engine
from api.core.settings import settings
from models.database import migrate, open_database

app = typer.Typer()


@app.command(name="migrate")
def migrate_command(
    revision: Annotated[str, typer.Argument(help="Révision visée ; « base » vide tout.")] = "head",
) -> None:
    """Met les tables à jour."""
    database_url = settings().database_url
    if database_url.startswith("sqlite:///"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    migrate(open_database(database_url), revision)
    console.print(f"Tables à la révision « {revision} ».")


@app.command(name="serve")
def serve_command() -> None:
    """Sert l’API ; Ctrl-C l’arrête."""
    # Not needed by any other command.
    import uvicorn

    from api.web.server import server_options

    options = settings()
    engine().dispose()
    service_address = f"http://{options.host}:{options.port}"
    console.print(f"Bureau : {service_address} – API : {service_address}/docs (Ctrl-C pour arrêter)", highlight=False)
    uvicorn.run("api.app:served_app", factory=True, host=options.host, port=options.port, **server_options(options))
