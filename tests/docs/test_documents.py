"""Whatever a document names in backticks exists: paths, modules, targets of make, commands; links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from api.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
# Made by commands, or beside the checkout: not part of it.
OUTSIDE = ("var/", ".venv/", "../", "/")
EXTENSIONS = "py md toml csv tsv txt json html css js svg png service timer mako yml yaml safetensors"

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)+/?")
FILE = re.compile(rf"[\w-]+\.(?:{EXTENSIONS.replace(' ', '|')})")
MODULE = re.compile(r"(?:api|matcher|models|bench|tests)(?:\.\w+)+")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
COMMAND = re.compile(r"-m api\.cli ([a-z][a-z-]*)")


def read(document: Path) -> str:
    return document.read_text("utf-8")


def spans(document: Path) -> Iterator[str]:
    """Yield what stands in backticks, outside blocks of code."""
    yield from SPAN.findall(FENCE.sub("", read(document)))


def code(document: Path) -> str:
    """Return what stands in backticks, and blocks of code, whether fenced or indented."""
    text = read(document)
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    return "\n".join([*spans(document), *FENCE.findall(text), *indented])


def rooted(name: str) -> bool:
    """Whether a path begins with something that lies at the root of the checkout."""
    return (ROOT / name.split("/")[0]).exists()


def module_exists(name: str) -> bool:
    """Whether a dotted name is a module, a package, or something that a module's text defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:length])
        rest = parts[length:]
        if base.is_dir() and not rest:
            return True
        file = base.with_suffix(".py")
        file = file if file.is_file() else base / "__init__.py"
        if file.is_file():
            text = read(file)
            return all(re.search(rf"^\s*(?:def|class) {part}\b|^\s*{part}\b.*=", text, re.M) for part in rest)
    return False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_in_backticks_exists(document: Path) -> None:
    names = [span for span in spans(document) if PATH.fullmatch(span) and not span.startswith(OUTSIDE)]
    missing = [name for name in names if rooted(name) and not list(ROOT.glob(name))]
    files = [span for span in spans(document) if FILE.fullmatch(span)]
    folders = ("api", "matcher", "models", "tests", "docs", "bench", "fixtures", "deploy")
    known = {path.name for path in ROOT.iterdir()} | {
        path.name for folder in folders for path in (ROOT / folder).rglob("*.*")
    }
    assert missing + [name for name in files if name not in known] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_named_exists(document: Path) -> None:
    named = {name for span in spans(document) for name in re.findall(r"\btest_\w+(?!\.py)\b", span)}
    files = list((ROOT / "tests").rglob("test_*.py"))
    known = {name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", read(file), re.M)}
    assert named - known - {file.stem for file in files} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_named_exists(document: Path) -> None:
    names = set(re.findall(r"-m ((?:api|bench)(?:\.\w+)*)", code(document)))
    names |= {span for span in spans(document) if MODULE.fullmatch(span) and not FILE.fullmatch(span)}
    assert [name for name in sorted(names) if not module_exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read(ROOT / "Makefile"), re.MULTILINE))
    assert set(MAKE.findall(code(document))) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_exists(document: Path) -> None:
    group = typer.main.get_command(app)
    commands: set[str] = set(getattr(group, "commands", {}))
    assert commands
    assert set(COMMAND.findall(code(document))) <= commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = [link for link in LINK.findall(read(document)) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_is_listed_in_the_readme() -> None:
    listed = set(LINK.findall(read(ROOT / "README.md")))
    documents = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS if path.name != "README.md"}
    assert documents - listed == set()


@pytest.mark.parametrize(
    ("name", "exists"),
    [
        ("api.cli", True),
        ("api.mailing.links.Signer", True),
        ("matcher.learning", True),
        ("api.journeys.suggest", False),
        ("api.mailing.links.Nothing", False),
    ],
)
def test_a_module_that_is_gone_is_noticed(name: str, exists: bool) -> None:
    assert module_exists(name) is exists


def test_the_readme_s_commands_name_actors_of_the_invented_world() -> None:
    named = set(re.findall(r"--actor (\d{14})", read(ROOT / "README.md")))
    assert named
    assert named <= set(re.findall(r"\d{14}", read(ROOT / "fixtures/actors.csv")))
