"""Weights before any rating, of each role: the prior, calibrated on graded judgments.

`resources/calibration.json`: a slope and an offset by role and form of question, written by `api.cli calibrate`. Only
these numbers were learned from the judgments; nothing else of them is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.resources import files
from typing import Any

from matcher.scoring import UNCALIBRATED_PRIORS, Calibration, WeightsByRole
from matcher.types import Form, Role


def read_calibrations(content: str) -> dict[Role, dict[Form, Calibration]]:
    """Return what `written_calibrations` wrote; a role or form that is not there is not calibrated."""
    stored: Mapping[str, Mapping[str, Any]] = json.loads(content)["calibrations"]
    return {
        role: {
            form: Calibration(**values) if (values := stored.get(role, {}).get(form)) else Calibration()
            for form in Form
        }
        for role in Role
    }


def written_calibrations(calibrations: Mapping[Role, Mapping[Form, Calibration]], source: str) -> str:
    """Return calibrations as JSON, with a line that says where they come from."""
    by_role = {
        role.value: {form.value: asdict(own) for form, own in forms.items()} for role, forms in calibrations.items()
    }
    return json.dumps({"source": source, "calibrations": by_role}, ensure_ascii=False, indent=1) + "\n"


def _priors() -> WeightsByRole:
    content = files("matcher.resources").joinpath("calibration.json").read_text("utf-8")
    calibrations = read_calibrations(content)
    return {role: replace(own, calibration=calibrations[role]) for role, own in UNCALIBRATED_PRIORS.items()}


PRIORS: WeightsByRole = _priors()
