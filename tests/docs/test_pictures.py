"""Pictures of the documents are small enough to be cloned with the code."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs/pictures"


def test_there_are_three_pictures_of_at_most_150_kilobytes() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(sizes) == {"bureau.png", "opportunite.png", "espace.png"}
    assert max(sizes.values()) <= 150_000
