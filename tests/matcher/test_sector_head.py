"""What a text's vector says about its trade."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np

from matcher.embedding import to_grid
from matcher.sector_head import affinity_by_words


def test_affinity_by_words_is_in_the_unit_interval_and_on_a_grid() -> None:
    vector = np.random.default_rng(0).normal(size=384)
    suits = affinity_by_words(to_grid(vector / np.linalg.norm(vector)).astype(np.float32))
    assert suits is not None
    assert suits.shape == (732,)
    assert 0 <= suits.min() <= suits.max() <= 1
    assert (suits == np.round(suits, 3)).all()


def test_a_vector_of_another_encoder_says_nothing() -> None:
    assert affinity_by_words(np.ones(16, np.float32)) is None


def test_it_was_learned_from_the_encoder_that_is_built() -> None:
    """Whoever changes the encoder learns it again: `python -m api.build.sector_head`."""
    built = json.loads((Path(__file__).parents[2] / "var/encoder/manifest.json").read_text("utf-8"))["revision"]
    with files("matcher.resources").joinpath("sector_head.npz").open("rb") as file, np.load(file) as arrays:
        assert arrays["encoder"] == built
