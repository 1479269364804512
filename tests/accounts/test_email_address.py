"""Addresses: what is accepted, whatever library reads them; what is refused is not repeated."""

import pytest

from api.accounts.email_address import normalize_email
from api.core.errors import InvalidError


@pytest.mark.parametrize(
    "domain", ["example.org", "bureau.local", "essai.test", "exemple.invalid", "xn--caf-dma.example.org"]
)
def test_an_address_of_any_network_is_kept_in_lower_case(domain: str) -> None:
    assert normalize_email(f" Camille.Durand@{domain.upper()} ") == f"camille.durand@{domain}"


@pytest.mark.parametrize(
    "email", ["camille", "camille@", "@exemple.fr", "a b@exemple.fr", "a@exemple.fr\nBcc: b@exemple.fr"]
)
def test_a_refusal_does_not_repeat_the_address(email: str) -> None:
    with pytest.raises(InvalidError) as refused:
        normalize_email(email)
    assert email not in str(refused.value)
