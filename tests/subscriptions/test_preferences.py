"""An address is one, or is refused without a word of it."""

import pytest

from api.accounts.email_address import normalize_email
from api.core.errors import InvalidError


@pytest.mark.parametrize("email", ["A.b+c@Exemple.Invalid", "o'neil@a-b.exemple.invalid", "a@1.exemple.invalid "])
def test_addresses_are_kept_in_small_letters(email: str) -> None:
    assert normalize_email(email) == email.strip().lower()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a",
        "a@",
        "@exemple.invalid",
        "a@invalid",
        "a@@exemple.invalid",
        "a b@exemple.invalid",
        "a@exemple.invalid\nBcc: b@exemple.invalid",
        "a..b@exemple.invalid",
        ".a@exemple.invalid",
        "a@-exemple.invalid",
        "a@exemple.1",
        "Camille <camille@exemple.invalid>",
        "a,b@exemple.invalid",
        "é@exemple.invalid",
        "a@exemple.invalid, b@exemple.invalid",
        "x" * 65 + "@exemple.invalid",
        "a@" + "b." * 130 + "invalid",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(email: str) -> None:
    with pytest.raises(InvalidError) as refused:
        normalize_email(email)
    assert str(refused.value) == "email : adresse électronique invalide"
