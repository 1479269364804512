"""The commands of accounts; merged into `api.cli`."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.journeys import accounts
from api.settings import settings
from api.terminal import console, engine
from api.wording import ACCOUNT_STATES
from models.base import utc_now

app = typer.Typer()


class Role(StrEnum):
    FACILITATOR = accounts.FACILITATOR
    ADMINISTRATOR = accounts.ADMINISTRATOR


@app.command(name="invite")
def invite_command(
    email: Annotated[str, typer.Argument(help="L’adresse de la personne.")],
    name: Annotated[str, typer.Option(help="Son nom, tel que le bureau l’affiche.")],
    role: Annotated[Role, typer.Option(help="Ce que le compte permet.")] = Role.FACILITATOR,
) -> None:
    """Invite quelqu’un au bureau ; le lien n’est montré qu’une fois, et sert une fois, pendant sept jours."""
    print_invitation(accounts.invite(engine(), email, name, role.value, now=utc_now()))


@app.command(name="accounts")
def accounts_command() -> None:
    """Liste les comptes."""
    table = Table("nom", "adresse", "rôle", "état")
    for one in accounts.list_accounts(engine()):
        state = ACCOUNT_STATES[accounts.state_of(one)]
        table.add_row(*(Text(cell) for cell in (one.name, one.email, one.role, state)))
    console.print(table)


def print_invitation(token: str) -> None:
    console.print(f"{settings().public_url}/invitation/{token}", soft_wrap=True, highlight=False, markup=False)
