"""The commands of `api.cli`, by the module that holds them: a process loads the module of the command it runs.

All of them together took four seconds of a processor to load; one takes two and a half.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, cast

from typer.main import get_group

from api.commands.french_frame import FrenchContext, FrenchGroup
from api.core.uncollected import uncollected

# In the order of the help.
FAMILIES = {
    "api.commands.service": ("migrate", "grant-roles", "check-settings", "serve"),
    "api.commands.imports": ("ingest", "imports", "undo-import", "set-visibility"),
    "api.commands.matching": ("matches", "keep-vectors"),
    "api.commands.evaluation": ("evaluate", "challenge", "calibrate", "simulate"),
    "api.commands.weights": ("weights", "weights-activate", "weights-rollback"),
    "api.demo.commands": ("demo", "demo-night"),
    "api.commands.night": ("night", "deliver", "nights", "subscribe", "subscriptions", "rotate-link-keys"),
    "api.commands.accounts": (
        *("invite", "accounts", "account-disable", "audit-verify", "person-export", "person-erase", "purge"),
        *("backup", "restore", "factor-reset", "key", "keys", "key-revoke"),
    ),
    "api.commands.report": ("report",),
    "api.commands.open_data": ("sync", "sources"),
    "api.commands.register": ("register",),
    "api.commands.reference_actors": ("reference-actors",),
}
_FAMILY_OF = {command: module for module, commands in FAMILIES.items() for command in commands}


def commands_of(module: str) -> dict[str, Any]:
    """Return the commands that a module declares, by name, as Typer makes them; the module is loaded."""
    with uncollected():
        loaded = import_module(module)
    commands = dict(get_group(loaded.app).commands)
    for command in commands.values():
        command.context_class = FrenchContext
    return commands


class Commands(Mapping[str, Any]):
    """Every command by name; its module is loaded when it is taken."""

    def __getitem__(self, name: str) -> Any:
        return commands_of(_FAMILY_OF[name])[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_FAMILY_OF)

    def __len__(self) -> int:
        return len(_FAMILY_OF)


class Families(FrenchGroup):
    """The group of all commands: one module is loaded to run one of them, all to list them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = cast(MutableMapping[str, Any], Commands())  # Typer adds no command to it later.
