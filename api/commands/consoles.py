"""Where commands write: the terminal, and its errors. It imports little: every command begins with it."""

import sys

from rich.console import Console

# A file or a pipe has no width: 160 leaves room for the reasons.
console = Console(width=None if sys.stdout.isatty() else 160)
errors = Console(stderr=True)
