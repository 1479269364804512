"""Calibrations are written and read again; what is not there is not calibrated."""

from matcher.priors import PRIORS, read_calibrations, written_calibrations
from matcher.scoring import Calibration
from matcher.types import Form, Role


def test_what_is_written_is_read_again() -> None:
    calibrations = {role: {form: Calibration(0.5 + i, -i / 3) for i, form in enumerate(Form)} for role in Role}
    assert read_calibrations(written_calibrations(calibrations, "of a test")) == calibrations


def test_a_role_or_form_that_is_not_there_is_not_calibrated() -> None:
    read = read_calibrations('{"source": "", "calibrations": {"supply": {"full": {"slope": 2.0, "offset": 1.0}}}}')
    assert read[Role.SUPPLY][Form.FULL] == Calibration(2.0, 1.0)
    assert read[Role.SUPPLY][Form.PASTED] == read[Role.FINANCE][Form.FULL] == Calibration()


def test_every_role_has_a_prior_with_a_slope_above_zero_for_each_form() -> None:
    assert set(PRIORS) == set(Role)
    assert all(PRIORS[role].calibration[form].slope > 0 for role in Role for form in Form)
