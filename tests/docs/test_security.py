"""The inventory of cryptography is whole: what imports a library for it is named, and what is named imports one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = {
    "argon2", "bcrypt", "cryptography", "hashlib", "hmac", "itsdangerous", "jwt", "nacl", "passlib", "pyotp", "secrets",
    "ssl", "webauthn", "zxcvbn",
}  # fmt: skip
FOLDERS = ("api", "matcher", "models")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_inventory_of_cryptography_is_whole() -> None:
    text = (ROOT / "docs/security.md").read_text("utf-8")
    section = text.partition("## Cryptography and keys")[2].partition("\n## ")[0]
    listed = {
        name for row in section.splitlines() if row.startswith("|") for name in re.findall(r"`([\w/]+\.py)`", row)
    }
    using = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if LIBRARIES & set(imported(path))
    }
    assert listed == using
