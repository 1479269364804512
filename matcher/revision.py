"""Revision of the code and tables that measure a pair: scores of two revisions are not compared."""

import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
# They read scores, or choose weights, which have a revision of their own.
_WITHOUT_EFFECT = ("evaluation", "learning")


@cache
def code_revision() -> str:
    """Return a short hash of this package's modules and resources; any change of them makes another revision."""
    digest = hashlib.sha256()
    for path in sorted(path for path in HERE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        name = path.relative_to(HERE)
        if name.parts[0] not in _WITHOUT_EFFECT:
            digest.update(name.as_posix().encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
