"""What the encoder is taught: pairs that tell one activity, in batches that never push apart what belongs together."""

import csv
import json
import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.build.finetune import BATCH, NEIGHBOURS, batches, mean_adapter, repel_mask
from api.build.pairs import Pair, training_pairs, word_second_text
from matcher.nomenclature import naf_classes

NOTES = [
    {
        "codeApe": "81.30Z",
        "title": "Services d'aménagement paysager",
        "contenuCentral": ["La plantation et l'entretien de :\n• parcs et jardins\n• haies"],
        "contenuAnnexe": [],
        "contenuExclu": ["L'exploitation de pépinières (cf. 01.30Z)", "Ce qui ne renvoie à rien (cf. 81.3)"],
    }
]


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the form of the official files, with a note and two labels of our own wording."""
    folder = tmp_path_factory.mktemp("official")
    (folder / "naf_rev2_notes.json").write_text(json.dumps(NOTES), "utf-8")
    with (folder / "cpv_2008_fr.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([("code", "libelle_fr"), ("77310000-6", "verdure et fleurs"), ("00000000-0", "rien")])
    return folder


@pytest.fixture(scope="module")
def pairs(official: Path) -> list[Pair]:
    return training_pairs(official)


def test_a_note_teaches_its_class_and_what_it_excludes_teaches_the_class_that_is_named(pairs: list[Pair]) -> None:
    taught = {pair.first_text: pair.code for pair in pairs}
    assert taught["parcs et jardins"] == taught["haies"] == "81.30Z"
    assert taught["exploitation de pépinières"] == "01.30Z"
    assert not any("renvoie" in one for one in taught)


def test_a_contract_subject_is_not_told_apart_from_any_of_its_likely_winners(pairs: list[Pair]) -> None:
    (subject,) = (pair for pair in pairs if pair.first_text == "verdure et fleurs")
    assert subject.code in subject.codes
    assert "81.30Z" in subject.codes
    assert not any(pair.first_text == "rien" for pair in pairs)


def test_every_class_is_taught_and_every_pair_names_a_class_of_its_own(pairs: list[Pair]) -> None:
    assert {pair.code for pair in pairs} == set(naf_classes())
    assert all(pair.code in pair.codes and pair.codes <= set(naf_classes()) for pair in pairs)


@given(seed=st.integers(0, 10_000))
def test_a_class_is_never_worded_by_the_text_that_it_is_paired_with(pairs: list[Pair], seed: int) -> None:
    """Else the answer would stand in the question."""
    rng = random.Random(seed)
    pair = rng.choice(pairs)
    shown = word_second_text(pair, rng)
    assert shown != pair.first_text
    if not isinstance(pair.second_text, str) and " : " in shown:
        assert pair.first_text not in shown.split(" : ", 1)[1].split(", ")


@given(seed=st.integers(0, 10_000))
def test_two_texts_of_a_batch_repel_each_other_only_if_no_class_is_said_of_both(pairs: list[Pair], seed: int) -> None:
    (batch,) = islice(batches(pairs, random.Random(seed)), 1)
    apart = repel_mask(batch)
    assert len(batch) == BATCH
    assert apart.diagonal().all()
    assert (apart == apart.T).all()
    for i, one in enumerate(batch):
        for j, other in enumerate(batch):
            assert apart[i, j] == (i == j or not one.codes & other.codes)
    # Neighbours: the first ones come from few divisions.
    assert len({pair.code[:2] for pair in batch[:NEIGHBOURS]}) < NEIGHBOURS // 2


def test_the_same_seed_gives_the_same_batches_and_all_pairs_come_by(pairs: list[Pair]) -> None:
    few = pairs[:400]
    once, again = (list(islice(batches(few, random.Random(7)), 20)) for _ in range(2))
    assert once == again
    assert {id(pair) for batch in once for pair in batch} == {id(pair) for pair in few}


def test_the_mean_of_adapters_adds_the_mean_of_what_they_add() -> None:
    rng = np.random.default_rng(0)
    one, other = ({"x.lora_A": rng.standard_normal((4, 6)), "x.lora_B": rng.standard_normal((5, 4))} for _ in range(2))
    both = mean_adapter([one, other])
    added = [adapter["x.lora_B"] @ adapter["x.lora_A"] for adapter in (one, other)]
    np.testing.assert_allclose(both["x.lora_B"] @ both["x.lora_A"], (added[0] + added[1]) / 2)
