"""The timers ring once on each night in France, those that change the hour included; cron's line says the same hour."""

import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api.core.clock import night_of
from tests.support.night_world import moment

ROOT = Path(__file__).parents[2]
TIMER = (ROOT / "deploy/pole-sud-night.timer").read_text("utf-8")


def on_calendar(text: str) -> str:
    (line,) = re.findall(r"^OnCalendar=(.*)$", text, re.MULTILINE)
    return str(line)


def test_a_missed_night_is_done_when_the_machine_is_back() -> None:
    assert "\nPersistent=true\n" in TIMER
    assert on_calendar(TIMER) == "*-*-* 04:30:00 Europe/Paris"
    assert "30 4 * * * " in (ROOT / "docs/night.md").read_text("utf-8")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize("changes", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_timer_rings_once_a_night_around_a_change_of_hour(changes: date) -> None:
    command = ["systemd-analyze", "calendar", "--iterations=4", on_calendar(TIMER)]
    base = f"{changes - timedelta(days=2)} 12:00:00 UTC"
    done = subprocess.run(
        [*command, f"--base-time={base}"],
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?= UTC)", done.stdout)
    rings = [datetime.strptime(one, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for one in found]
    nights = [changes + timedelta(days=number) for number in (-1, 0, 1, 2)]
    assert rings == [moment(night) for night in nights]
    assert [night_of(one) for one in rings] == nights


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_mails_that_wait_are_tried_every_two_minutes() -> None:
    timer = on_calendar((ROOT / "deploy/pole-sud-deliver.timer").read_text("utf-8"))
    done = subprocess.run(["systemd-analyze", "calendar", timer], capture_output=True, text=True, check=True)
    assert "Normalized form: *-*-* *:00/2:00" in done.stdout


@pytest.mark.parametrize("unit", ["night", "deliver"])
def test_each_service_runs_its_command_and_takes_waiting_mails_for_no_failure(unit: str) -> None:
    service = (ROOT / f"deploy/pole-sud-{unit}.service").read_text("utf-8")
    assert re.search(rf"^ExecStart=\S+/python -m api\.cli {unit}$", service, re.MULTILINE)
    assert "SuccessExitStatus=3" in service
