"""A phone number is read however the French write it, stored in one form, and shown as it is read aloud."""

from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contacts.phone_numbers import WHY_REFUSED, normalize_phone, phone_in_words, phones_in

FRENCH = st.integers(100_000_000, 999_999_999)
WRITTEN = (
    "0{0} {1} {2} {3} {4}",
    "0{0}.{1}.{2}.{3}.{4}",
    "0{0}-{1}-{2}-{3}-{4}",
    "0{0}{1}{2}{3}{4}",
    "{0}{1}{2}{3}{4}",
    "+33 {0} {1} {2} {3} {4}",
    "+33 (0){0} {1} {2} {3} {4}",
    "0033 {0} {1} {2} {3} {4}",
    " 0{0}\N{NO-BREAK SPACE}{1} {2} {3} {4} ",
)


@given(FRENCH, st.sampled_from(WRITTEN))
def test_however_a_french_number_is_written_it_is_one_number(digits: int, written: str) -> None:
    text = str(digits)
    parts = (text[0], *(text[at : at + 2] for at in range(1, 9, 2)))
    assert normalize_phone(written.format(*parts)) == f"+33{digits}"


@given(FRENCH)
def test_full_width_digits_are_digits(digits: int) -> None:
    wide = "".join(chr(ord("０") + int(digit)) for digit in f"0{digits}")
    assert normalize_phone(wide) == f"+33{digits}"


@given(FRENCH)
def test_what_is_shown_is_read_back_as_the_same_number_and_stays_on_one_line(digits: int) -> None:
    shown = phone_in_words(f"+33{digits}")
    assert normalize_phone(shown) == f"+33{digits}"
    assert " " not in shown


def test_a_foreign_number_is_shown_with_its_country() -> None:
    assert phone_in_words(normalize_phone("+41 22 555 01 01")) == "+41 22 555 01 01".replace(" ", "\N{NO-BREAK SPACE}")


@given(st.text(max_size=40))
def test_whatever_is_taken_is_a_possible_number(text: str) -> None:
    with suppress(ValueError):
        assert phonenumbers.is_possible_number(phonenumbers.parse(normalize_phone(text)))


@pytest.mark.parametrize("text", ["", "0465", "à demander", "Mme Roche 04 65 71 00 01", "04 65 71 00 01 02", "1" * 400])
def test_what_is_no_number_alone_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="invalide") as refused:
        normalize_phone(text)
    assert str(refused.value) == WHY_REFUSED


def test_the_numbers_in_a_text_are_all_read_once_each() -> None:
    text = "bureau 04 65 71 00 01, portable 06.39.98.00.02 (Mme Roche, 04 65 71 00 01)"
    assert [number for _, number in phones_in(text)] == ["+33465710001", "+33639980002"]
