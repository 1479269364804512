"""Commands about the service itself: its tables, serving it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from api.commands.consoles import console, errors
from api.commands.terminal import engine, update_tables
from api.commands.unsafe_settings import Refusal, unsafe_settings
from api.core.errors import ConflictError, SettingsError
from api.core.settings import PREFIX, settings
from models.database import open_database
from models.service_role import RoleError, grant_service_rights

app = typer.Typer()


@app.command(name="migrate")
def migrate_command(
    revision: Annotated[str, typer.Argument(help="Révision visée ; « base » vide tout.")] = "head",
) -> None:
    """Met les tables à jour."""
    database_url = settings().database_url
    if database_url.startswith("sqlite:///"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    update_tables(open_database(database_url), revision)
    console.print(f"Tables à la révision « {revision} ».")


@app.command(name="grant-roles")
def grant_roles_command(
    roles: Annotated[list[str], typer.Argument(help="Les rôles PostgreSQL du service et de la nuit.")],
) -> None:
    """Borne des rôles PostgreSQL à ce qu’un service fait : ni les tables ni le journal ne s’en changent.

    À lancer avec le rôle qui possède les tables.
    """
    database = engine()
    if database.dialect.name != "postgresql":
        raise ConflictError("Les rôles sont ceux de PostgreSQL : une base SQLite n’a que son fichier (chmod 600).")
    try:
        with database.begin() as connection:
            for role in roles:
                grant_service_rights(connection, role)
    except RoleError as error:
        raise ConflictError(str(error)) from None
    finally:
        database.dispose()
    console.print(f"Bornés : {', '.join(roles)}. Ils lisent et écrivent les lignes, et ne font qu’ajouter au journal.")


@app.command(name="check-settings")
def check_settings_command() -> None:
    """Dit ce que les réglages ont de dangereux, et échoue s’il y a quelque chose."""
    database = engine()
    refusals = unsafe_settings(settings(), database)
    database.dispose()
    if not refusals:
        console.print("Aucun réglage dangereux.")
        return
    _print_refusals(refusals)
    raise typer.Exit(1)


@app.command(name="serve")
def serve_command(
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Le port ; par défaut, celui du réglage.")] = None,
) -> None:
    """Sert le bureau et l’API ; Ctrl-C l’arrête."""
    if port is not None:
        # Where the application reads it too: its links follow.
        os.environ[f"{PREFIX}PORT"] = str(port)
        settings.cache_clear()
    # Not needed by any other command.
    import uvicorn

    import api.app
    from api.web.server import server_options

    options, database = settings(), engine()
    refusals = unsafe_settings(options, database)
    database.dispose()
    if refusals and not options.allow_unsafe:
        raise SettingsError(refusals)
    _print_refusals(refusals)
    service_address = f"http://{options.host}:{options.port}"
    console.print(f"Bureau : {service_address} – API : {service_address}/docs (Ctrl-C pour arrêter)", highlight=False)
    uvicorn.run(api.app.served_app, factory=True, host=options.host, port=options.port, **server_options(options))


def _print_refusals(refusals: Sequence[Refusal]) -> None:
    for variable, reason in refusals:
        errors.print(f"Réglage dangereux : {variable} : {reason}", style="red", markup=False, soft_wrap=True)
