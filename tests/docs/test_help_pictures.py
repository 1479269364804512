"""Each job of « Aide » has a small picture, taken of what the templates of its page still say."""

import pytest

from tests.jobs.job_list import JOBS
from tests.jobs.pictures import FOLDER, MOST_BYTES, picture_of, recorded, state_of, words_of

RETAKE = "take the pictures anew: make jobs PICTURES=1"


@pytest.mark.parametrize("number", JOBS)
def test_a_job_has_a_picture_as_new_as_the_words_of_its_page(number: int) -> None:
    assert picture_of(number).exists(), RETAKE
    assert picture_of(number).stat().st_size <= MOST_BYTES
    assert state_of(number) == recorded().get(str(number)), RETAKE


def test_no_picture_is_left_of_a_job_that_is_gone() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {picture_of(number).name for number in JOBS}


def test_words_are_those_of_the_template_of_its_layout_and_of_its_macros() -> None:
    words = words_of("acteurs.html").splitlines()
    assert {"Trier par", "Ma journée", "Page suivante"} <= set(words)
