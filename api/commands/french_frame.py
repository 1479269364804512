"""What Typer writes around our commands, in French: the frame of the help, and what a wrong call is told.

Typer takes few of its words from a gettext catalogue (it keeps a copy of Click without them), so they are given here by
what it leaves open: the class of a group's contexts, the names of panels, and the errors that a group raises.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import Any

import typer
from pydantic import ValidationError
from typer._click import exceptions
from typer._click.core import Command
from typer._click.formatting import HelpFormatter
from typer.core import TyperArgument, TyperGroup, TyperOption

from api.catalogue.validation_messages import in_french
from api.core.french import NBSP, spaced

COMMAND_NAME = "COMMANDE [ARGUMENTS]..."
HELP_OPTION = "Montre cette aide."
# An argument's name in Python, and as the help names it.
ARGUMENTS = {
    "dataset": "DOSSIER",
    "datasets": "DOSSIER",
    "email": "ADRESSE",
    "file": "FICHIER",
    "import_id": "NUMÉRO",
    "kind": "GENRE",
    "name": "NOM",
    "reference": "FICHE",
    "revision": "RÉVISION",
    "roles": "RÔLE",
    "source": "SAUVEGARDE",
    "sources": "SOURCE",
    "target": "FICHIER",
    "weights_id": "POIDS",
    "year": "ANNÉE",
}
# A type as Typer names it.
TYPES = {
    "str": "texte",
    "list[str]": "texte",
    "path": "chemin",
    "list[Path]": "chemin",
    "file": "fichier",
    "int": "entier",
    "int range": "entier",
    "float": "nombre",
    "float range": "nombre",
    "%Y-%m-%d": "AAAA-MM-JJ",
}
PANELS = {
    "DEPRECATED_STRING": "(abandonné) ",
    "DEFAULT_STRING": f"[par défaut{NBSP}: {{}}]",
    "ENVVAR_STRING": f"[variable d’environnement{NBSP}: {{}}]",
    "REQUIRED_LONG_STRING": "[obligatoire]",
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commandes",
    "ERRORS_PANEL_TITLE": "Erreur",
    "ABORTED_TEXT": "Abandonné.",
    "RICH_HELP": f"L’aide{NBSP}: [blue]{{command_path}} {{help_option}}[/]",
}
# What a path is refused for: the end of Typer's message, and ours.
PATHS = {
    "does not exist.": "n’existe pas",
    "is a file.": "est un fichier",
    "is a directory.": "est un dossier",
    "is not readable.": "ne peut pas être lu",
    "is not writable.": "ne peut pas être écrit",
}


class FrenchContext(typer.Context):
    """The context of a command whose help is French."""

    def __init__(self, command: Command, *args: Any, **options: Any) -> None:
        super().__init__(command, *args, **options)
        for param in command.get_params(self):
            _name_in_french(param)
        help_option = command.get_help_option(self)
        if help_option is not None:
            help_option.help = HELP_OPTION

    def make_formatter(self) -> HelpFormatter:
        """Return what writes the help; it is asked for before any frame is drawn."""
        _name_panels()
        formatter = super().make_formatter()
        setattr(formatter, "write_usage", partial(formatter.write_usage, prefix=f"Usage{NBSP}: "))  # noqa: B010
        return formatter


class FrenchGroup(TyperGroup):
    """A group of commands that are helped and corrected in French."""

    context_class = FrenchContext

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.subcommand_metavar = COMMAND_NAME

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _errors_in_french():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        with _errors_in_french():
            return super().invoke(ctx)


def _name_panels() -> None:
    from typer import rich_utils  # 80 ms, wanted by helps and errors alone

    for constant, words in PANELS.items():
        setattr(rich_utils, constant, words)


def _name_in_french(param: Any) -> None:
    """Name an argument, and what is typed for it: a switch takes nothing, so no type is shown."""
    if isinstance(param, TyperArgument):
        param.metavar = ARGUMENTS.get(param.name, param.name)
    is_switch = isinstance(param, TyperOption) and param.is_flag
    # On the parameter itself: Typer makes it of a class that nothing chooses.
    setattr(param, "display_type_rich", lambda ctx: None if is_switch else _type_of(param, ctx))  # noqa: B010


def _type_of(param: Any, ctx: Any) -> str:
    shown: str = param.display_type(ctx).strip("<>")
    return f"<{TYPES.get(shown, shown)}>"


@contextmanager
def _errors_in_french() -> Iterator[None]:
    """Raise what Typer says of a wrong call again, in French. A group in a group has said it already."""
    try:
        yield
    except (_FrenchUsageError, exceptions.NoArgsIsHelpError):
        raise
    except exceptions.UsageError as error:
        raise _FrenchUsageError(spaced(_told(error)), ctx=error.ctx) from error
    except typer.Abort:
        _name_panels()
        raise


class _FrenchUsageError(exceptions.UsageError):
    """A wrong call, told in French."""


def _told(error: exceptions.UsageError) -> str:
    match error:
        case exceptions.MissingParameter(param=param):
            choices = _choices(param)
            wanted = f" : {choices}" if choices else ""
            kind = "l’argument" if isinstance(param, TyperArgument) else "l’option"
            return f"Il manque {kind} {_hint(param)}{wanted}."
        case exceptions.BadParameter(param=param):
            named = _hint(param) if param else error.param_hint
            return f"{named} : {_refusal(error)}." if named else f"{_refusal(error)}."
        case exceptions.NoSuchOption(option_name=name, possibilities=near):
            return f"L’option {name} n’existe pas.{_near(', '.join(sorted(near or ())))}"
        case exceptions.BadOptionUsage(option_name=name):
            wanted = "n’attend pas de valeur" if "does not take" in error.message else "attend une valeur"
            return f"L’option {name} {wanted}."
    if no_command := re.match(r"No such command (.+?)\.(?: Did you mean (.+)\?)?$", _unquoted(error.message)):
        name, near = no_command.groups()
        return f"La commande {name} n’existe pas.{_near(near or '')}"
    if too_many := re.match(r"Got unexpected extra argument\(s\) \((.*)\)$", error.message, re.DOTALL):
        return f"De trop : {too_many[1]}."
    return "Il manque la commande." if error.message == "Missing command." else error.message


def _refusal(error: exceptions.BadParameter) -> str:
    """Return why a value is refused, without a full stop; words of our own commands are French already."""
    for english, french in PATHS.items():
        if error.message.endswith(english):
            value = error.message.removesuffix(english).partition(" ")[2].strip()
            return f"{_unquoted(value)} {french}"
    if isinstance(error.__cause__, ValidationError):
        refused = error.__cause__.errors(include_url=False)[0]
        if refused["type"] == "value_error":
            wanted = _choices(error.param) or _type_of(error.param, error.ctx).strip("<>")
            return f"{refused['input']} ne convient pas. Attendu : {wanted}"
        return in_french(refused)
    return error.message.rstrip(".")


def _choices(param: Any) -> str:
    choices = param.type_descriptor.choices or ()
    return " ou ".join(str(choice.value if isinstance(choice, Enum) else choice) for choice in choices)


def _hint(param: Any) -> str:
    if isinstance(param, TyperArgument):
        return str(param.metavar or param.name)
    return " / ".join(param.opts)


def _near(names: str) -> str:
    return f" Nom proche : {names}." if names else ""


def _unquoted(text: str) -> str:
    return text.replace("'", "")
