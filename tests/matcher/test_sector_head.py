"""What a text's vector says about its trade."""

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
