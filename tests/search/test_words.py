"""Words that are searched: slips of spelling, beginnings, numbers."""

from hypothesis import assume, given
from hypothesis import strategies as st

from api.search.words import asked_words, likeness, surface_of, words_of
from tests.support.builders import few

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = st.text(LETTERS, min_size=4, max_size=15)


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str]:
    """Return a word, and the same with a letter left out, doubled, wrong, or two of them exchanged."""
    word = draw(WORDS)
    place = draw(st.integers(0, len(word) - 2))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    wrong = draw(st.sampled_from(LETTERS))
    slips = (
        before + after,
        before + letter + letter + after,
        before + wrong + after,
        before + after[0] + letter + after[1:],
    )
    return word, draw(st.sampled_from(slips))


@few
@given(slipped(), st.lists(WORDS, max_size=20))
def test_one_slip_still_means_the_word(pair: tuple[str, str], others: list[str]) -> None:
    word, typed = pair
    assume(len(typed) >= 4)
    vocabulary = list(dict.fromkeys([*others, word]))
    (meant,) = likeness([typed], vocabulary)
    assert vocabulary.index(word) in meant


@few
@given(WORDS, st.lists(WORDS, max_size=20))
def test_the_very_word_is_worth_more_than_any_other(word: str, others: list[str]) -> None:
    vocabulary = list(dict.fromkeys([*others, word]))
    (meant,) = likeness([word], vocabulary)
    assert meant[vocabulary.index(word)] == 1
    assert all(worth < 1 for row, worth in meant.items() if vocabulary[row] != word)


@few
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    words = asked_words(text)
    assert len(words) <= 12
    assert likeness(words, words_of(text)) is not None
    assert all(surface_of(word, text) for word in words)


def test_numbers_are_read_whole_and_articles_left_out() -> None:
    assert asked_words("le SIRET 123 456 789 00012 du maçon") == ["siret", "12345678900012", "macon"]
    assert asked_words("de la") == ["de", "la"]


def test_a_short_word_or_a_number_allows_no_slip() -> None:
    assert likeness(["val"], ["vol", "val", "valence"])[0].keys() == {1, 2}
    assert likeness(["26400"], ["26401", "26400"])[0] == {1: 1.0}
