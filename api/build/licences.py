"""The licences of what is installed: `python -m api.build.licences requirements/build.txt`.

Exits with 1 where a package has a licence that is unknown, or that does not go with the EUPL-1.2. A licence is read
from the installed package: its SPDX expression (PEP 639), else its classifiers, else its field `License`.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

# Permissive ones, and weak copyleft that ends at the library's own files.
COMPATIBLE = frozenset(
    {
        *("MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Apache-2.0", "PSF-2.0", "Zlib"),
        *(
            "MPL-2.0",
            "HPND",
            "Unlicense",
            "CC0-1.0",
            "Python-2.0",
            "LGPL-2.1-or-later",
            "LGPL-3.0-only",
            "LGPL-3.0-or-later",
            "EUPL-1.2",
        ),
        *("BSL-1.0", "BlueOak-1.0.0"),
    }
)
# What packages of before PEP 639 write.
SPDX = {
    "mit license": "MIT",
    "mit": "MIT",
    "the mit license (mit)": "MIT",
    "bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "apache software license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "python software foundation license": "PSF-2.0",
    "isc license (iscl)": "ISC",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "the unlicense (unlicense)": "Unlicense",
}
# Whose own words name no licence; read in the package by a person.
READ_BY_HAND = {"xstatic-leaflet": "BSD-2-Clause", "zxcvbn-rs-py": "MIT"}
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)


def licences(lock: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (name, version, licence) of each package of a lock that is installed here; the licence may be empty."""
    for name in LOCKED.findall(lock.read_text("utf-8")):
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # of another platform
        yield name, installed.version, READ_BY_HAND.get(name) or licence_of(installed)


def licence_of(installed: Distribution) -> str:
    """Return an SPDX expression, or the words that the package has instead of one."""
    metadata = installed.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classified = [
        words.rpartition(" :: ")[2] for words in metadata.get_all("Classifier", []) if words.startswith("License :: ")
    ]
    named = [words for words in classified if words != "OSI Approved"] or metadata.get_all("License") or [""]
    return " OR ".join(SPDX.get(words.strip().lower(), words.strip().split("\n")[0]) for words in named)


def is_compatible(expression: str) -> bool:
    """Return whether an SPDX expression leaves a choice that goes with ours. Parentheses hold only what OR joins."""
    parts = expression.replace("(", " ").replace(")", " ").split(" AND ")
    return all(any(choice.split(" WITH ")[0].strip() in COMPATIBLE for choice in part.split(" OR ")) for part in parts)


def main(arguments: Sequence[str]) -> int:
    """Print the list; return 1 if something in it is not compatible."""
    rows = list(licences(Path(arguments[0])))
    for name, version, expression in rows:
        print(f"{name} {version} : {expression}")
    refused = [name for name, _, expression in rows if not is_compatible(expression)]
    if refused:
        print(f"Licence inconnue ou incompatible : {', '.join(refused)}", file=sys.stderr)
    return 1 if refused or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
