"""Where the invented world of `fixtures/` lies, and the day on which it lives."""

from datetime import date
from pathlib import Path

from api.catalogue.schemas import RecordKind

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FIXTURES_TODAY = date(2026, 11, 24)
FIXTURE_FILES: tuple[tuple[str, RecordKind], ...] = (
    ("actors.csv", "actors"),
    ("openings.csv", "opportunities"),
    ("takeovers.csv", "opportunities"),
)
