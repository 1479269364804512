"""What counts in a job, and what does not."""

import pytest

from tests.support.job_counter import Hands
from tests.support.witness import Witness

pytestmark = pytest.mark.slow


def test_each_act_counts_as_one_and_looking_counts_nothing(witness: Witness) -> None:
    witness.go("/connexion")
    hands = Hands(witness.page)
    hands.fill("[name=courriel]", "camille@exemple.invalid")
    hands.fill("[name=mot_de_passe]", "une phrase qui ne sert qu’ici")
    assert witness.page.locator("h1").count() == 1
    assert hands.count == 2
