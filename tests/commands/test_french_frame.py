"""What Typer itself writes around our commands is French: the frame of each help, and what a wrong call is told."""

import re
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

import api.cli
from api.commands.families import FAMILIES, commands_of

# Typer's and pydantic's own words. OPTIONS and ARGUMENTS are French too; names of options are what one types.
ENGLISH = re.compile(
    r"\b(usage:|show|this|message and|exit|commands?|missing|no such|did you|try|for help|error|invalid|value|input|"
    r"default|required|dynamic|got|unexpected|extra|takes?|does not|requires|choose|from:|possible options|"
    r"should|valid|is not|file|directory|path|str|bool|int|float|range|list|args|env var|deprecated|aborted|%Y)\b",
    re.IGNORECASE,
)
# What is typed as it stands: options, values of a choice, the command's own name.
TYPED = re.compile(r"--?[a-z][\w-]*|python -m api\.cli[ \w-]*|\[par défaut : [^\]]*\]")
COMMANDS = [name for names in FAMILIES.values() for name in names]


def english_of(output: str, *own_words: str) -> list[str]:
    for words in own_words:
        output = output.replace(words, "")
    return [found[0] for found in ENGLISH.finditer(TYPED.sub("", output))]


def help_texts(command_name: str) -> Iterator[str]:
    """Every text of a command that we wrote ourselves."""
    command = next(commands_of(family)[command_name] for family, names in FAMILIES.items() if command_name in names)
    yield command.help
    for param in command.params:
        yield param.help or ""


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 400)


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(api.cli.app, list(words), prog_name="python -m api.cli")
    return done.exit_code, done.output


def test_the_list_of_commands_has_a_french_frame() -> None:
    exit_code, output = call("--help")
    assert exit_code == 0
    assert "Usage : python -m api.cli [OPTIONS] COMMANDE" in output.replace("\N{NO-BREAK SPACE}", " ")
    assert english_of(output) == []


@pytest.mark.parametrize("command_name", COMMANDS)
def test_the_help_of_each_command_has_a_french_frame(command_name: str) -> None:
    exit_code, output = call(command_name, "--help")
    assert exit_code == 0
    assert english_of(output, *help_texts(command_name)) == []
    assert "Montre cette aide." in output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], None),
        (["ingst"], "La commande ingst n’existe pas. Nom proche : ingest, night."),
        (["--colour"], "L’option --colour n’existe pas."),
        (["ingest"], "Il manque l’argument FICHIER."),
        (["ingest", "absent.csv", "--as", "actors"], "FICHIER : absent.csv n’existe pas."),
        (["ingest", "tests", "--as", "actors"], "FICHIER : tests est un dossier."),
        (["ingest", "README.md"], "Il manque l’option --as : actors ou opportunities."),
        (["ingest", "README.md", "--as", "acteurs"], "--as : acteurs ne convient pas. Attendu : actors ou opport"),
        (
            ["ingest", "README.md", "--as", "actors", "--dry-ru"],
            "L’option --dry-ru n’existe pas. Nom proche : --dry-run.",
        ),
        (["ingest", "README.md", "--as"], "L’option --as attend une valeur."),
        (["ingest", "README.md", "--as", "actors", "--dry-run=oui"], "L’option --dry-run n’attend pas de valeur."),
        (["accounts", "toutes", "celles"], "De trop : toutes celles."),
        (["matches", "-k", "dix"], "-k : nombre entier attendu."),
        (["matches", "-k", "0"], "-k : hors des bornes : 1 au moins."),
        (["night", "--date", "demain"], "--date : demain ne convient pas. Attendu : AAAA-MM-JJ."),
        (["report", "1999"], "ANNÉE : hors des bornes : 2 000 au moins."),
    ],
)
def test_a_wrong_call_is_answered_in_french(words: list[str], told: str | None) -> None:
    exit_code, output = call(*words)
    assert exit_code == 2
    assert english_of(output) == []
    assert (told or "Usage :") in re.sub(r"[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", output)
    assert ("Erreur" in output) == (told is not None)


def test_a_prompt_that_nobody_answers_is_given_up_in_french() -> None:
    exit_code, output = call("person-erase", "camille@exemple.fr")
    assert exit_code == 1
    assert output.rstrip().endswith("Abandonné.")
    assert english_of(output) == []
