"""Count which NAF classes win which contracts: writes matcher/resources/cpv_winners.tsv.

Read from a folder of awards (`corpus.jsonl`: companies and their class; `queries.jsonl`: contracts and their CPV code;
`qrels.tsv`: who won), made of DECP and Sirene (both Licence Ouverte 2.0). A company counts once a CPV prefix, however
often it won, so that who already wins a lot gains nothing. Only prefixes, classes and counts are written.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from matcher.nomenclature import naf_classes

LICENCE = (
    "# CPV prefix, and companies of each NAF class that won such contracts; from DECP and Sirene, Licence Ouverte 2.0"
)


def count_companies(folder: Path) -> dict[str, Counter[str]]:
    """Return CPV prefix (2 to 8 digits) → NAF class → companies that won at least one contract of it."""
    classes = {row["_id"]: row.get("naf") for row in _rows(folder / "corpus.jsonl")}
    subjects = {row["_id"]: str(row.get("cpv") or "") for row in _rows(folder / "queries.jsonl")}
    winners: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        contract, company, grade = line.split("\t")
        if int(grade) > 0 and classes[company] in naf_classes():
            for length in range(2, len(subjects[contract]) + 1):
                winners[subjects[contract][:length]].add(company)
    return {prefix: Counter(str(classes[company]) for company in winners[prefix]) for prefix in sorted(winners)}


def write_counts(counts: dict[str, Counter[str]], out: Path) -> None:
    """Write the counts; a prefix with the companies of the next shorter one says nothing more, and is left out."""
    lines = [LICENCE]
    for prefix, classes in counts.items():
        if classes != counts.get(prefix[:-1]):
            lines.append(f"{prefix}\t{' '.join(f'{naf}:{classes[naf]}' for naf in sorted(classes))}")
    out.write_text("\n".join(lines) + "\n", "utf-8")


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    write_counts(count_companies(Path(sys.argv[1])), Path(sys.argv[2]))
