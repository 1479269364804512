"""Shared by the commands: the terminal, its tables and progress bars, the database and the desk of the settings."""

from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from api.catalogue.places.loading import load_places
from api.commands.consoles import console, errors
from api.core.errors import NotReadyError, SettingsError
from api.core.french import number
from api.core.settings import settings
from api.matching.columns_path import columns_path
from api.matching.desk import Desk
from api.matching.encoder import open_encoder
from api.matching.kept_columns import KeptColumns
from api.privacy.revocations import revocations_of
from models.database import open_database
from models.revisions import UnknownRevisionError, migrate
from models.service_role import lacks_rights
from models.text_order import has_code_point_order

OTHER_ORDER = (
    "cette base trie les textes dans l’ordre d’une langue, et non d’après leurs caractères. "
    "Créez-la par : CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
)


def engine() -> Engine:
    """Return the database of the settings, its tables brought up to date.

    Raises NotReadyError where they are not, and the role of a service may not change them, or a newer version did.
    """
    database_url = settings().database_url
    if database_url.startswith("sqlite:///"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    database = open_database(database_url, ledger=revocations_of(settings()))
    try:
        update_tables(database)
    except UnknownRevisionError:
        raise NotReadyError("La base est d’une version plus récente de ce programme : mettez-le à jour.") from None
    except ProgrammingError as error:
        if not lacks_rights(error):
            raise
        raise NotReadyError(
            "Les tables ne sont pas celles de cette version, et ce rôle ne peut pas les changer : lancez d’abord "
            "« migrate » avec le rôle qui les possède."
        ) from None
    load_places(database)
    return database


def update_tables(database: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision. Raises SettingsError where the database would put texts in another order."""
    if not has_code_point_order(database):
        raise SettingsError([("POLESUD_DATABASE_URL", OTHER_ORDER)])
    migrate(database, revision)


def confirm(question: str) -> None:
    """Ask before what cannot be undone. Raises typer.Exit (1) unless the answer is yes."""
    answer: str = typer.prompt(f"{question} [o/N]", default="n", show_default=False)
    if answer.strip().lower() not in ("o", "oui", "y", "yes"):
        console.print("Rien n’est changé.")
        raise typer.Exit(1)


class PaceColumn(ProgressColumn):
    """How many a second over the last half minute, and how long the rest takes at this rate."""

    def render(self, task: Task) -> Text:
        # A bar that has just begun has no rate yet.
        rate, left = task.speed, task.time_remaining
        if not rate or left is None:
            return Text("")
        unit = task.fields.get("unit", "")
        named_unit = f" {unit}" if unit else ""
        return Text(f"{number(rate, 0 if rate >= 10 else 1)}{named_unit}/s, reste {_lasting(left)}")


def _lasting(seconds: float) -> str:
    """Return a time in French: « 45 s », « 3 min 05 s », « 1 h 02 min »."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left:02} min" if hours else f"{minutes} min {rest:02} s"


class ProgressBar:
    """A progress bar, drawn from its first call until it is full. All bars share one display.

    unit: what is counted, in the plural (« textes »), for the rate.
    """

    shared = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        PaceColumn(),
        console=errors,
        transient=True,
    )

    def __init__(self, label: str, unit: str = "") -> None:
        self._label, self._unit = label, unit
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._task is None:
            self._task = self.shared.add_task(self._label, total=total, unit=self._unit)
            self.shared.start()
        self.shared.update(self._task, completed=done, total=total)
        if done >= total:
            self.shared.remove_task(self._task)
            self._task = None
            if not self.shared.tasks:
                self.shared.stop()


def add_text_row(table: Table, *cell_texts: str) -> None:
    """Add a row of plain texts, in which nothing is read as rich's markup."""
    table.add_row(*(Text(cell_text) for cell_text in cell_texts))


def desk(database: Engine) -> Desk:
    # Most commands and workers find all texts encoded: the models are much of their memory.
    encoder, path = open_encoder(settings(), at_once=False), columns_path(settings())
    # Read where a process that serves keeps one; commands write none.
    kept = KeptColumns(path, encoder.revision) if path else None
    return Desk(database, encoder, settings().departments, ProgressBar("Encodage des textes", "textes"), kept)
