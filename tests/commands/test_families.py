"""Each command is found by its name alone, in the module that declares it."""

import subprocess
import sys
from pathlib import Path

from api.commands.families import FAMILIES, commands_of


def test_the_table_names_the_commands_of_each_module_in_its_order() -> None:
    assert {module: tuple(commands_of(module)) for module in FAMILIES} == FAMILIES


def test_a_module_that_declares_commands_is_in_the_table() -> None:
    root = Path(__file__).parents[2]
    declaring = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in (root / "api").rglob("*.py")
        if "app = typer.Typer()" in path.read_text("utf-8")
    }
    assert declaring == set(FAMILIES)


def test_a_command_loads_its_own_module_and_no_other_family() -> None:
    listing = (
        "import sys, api.cli; from typer.main import get_command;"
        "get_command(api.cli.app).commands['migrate']; print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", listing], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(FAMILIES) & set(loaded) == {"api.commands.service"}
    assert not {"sklearn", "api.evaluation.evaluate"} & set(loaded)
