"""Which folders of judgments are measured by default."""

from pathlib import Path

from api.evaluation.invented_world import FIXTURES

# Contracts that may be learned from are never measured on; they tell what others won elsewhere.
LEARNED_FROM = "awards-train"
WITH_REFERENCES = "awards-dev"


def is_set(folder: Path) -> bool:
    """Return whether a folder looks like a collection: judgments and what they are about."""
    return (folder / "qrels.tsv").is_file() and any(
        (folder / name).is_file() for name in ("queries.jsonl", "openings.csv")
    )


def measured_by_default(shared: Path) -> list[tuple[Path, Path | None]]:
    """Return the folders that `make evaluate` measures, each with the folder of its references, if any.

    Those of `shared` that are there: all but LEARNED_FROM; WITH_REFERENCES a second time, with its references.
    """
    folders: list[tuple[Path, Path | None]] = [(FIXTURES, None)]
    for folder in sorted(path for path in shared.glob("*") if path.is_dir()):
        if folder.name == LEARNED_FROM:
            continue
        folders.append((folder, None))
        if folder.name == WITH_REFERENCES and is_set(shared / LEARNED_FROM):
            folders.append((folder, shared / LEARNED_FROM))
    return folders
