"""Obvious passwords are refused, with a way out; passphrases are taken."""

import secrets

import pytest

from api.accounts.guessing import HINT, LEAST_GUESSES, own_words, weakness
from api.accounts.passwords import hash_password
from api.core.errors import InvalidError

EMAIL, NAME = "camille.canari@exemple.invalid", "Camille Canari"
# Written for this test: what somebody of the desk would try first.
OBVIOUS = [
    "motdepasse2026",
    "motdepasse123!",
    "MotDePasse2026!",
    "motdepassesecret",
    "m0td3p4ss3!!",
    "M0tdepasse2026",
    "mot2passe2026",
    "azertyuiop123",
    "azertyuiopqsdf",
    "azertyazerty",
    "azerty123456",
    "qsdfghjklm123",
    "qwertyuiop12",
    "aqwzsxedcrfv",
    "poiuytreza12",
    "1234azer1234",
    "Bonjour123456",
    "Bonjour2026!!",
    "Bienvenue2026",
    "bonjourbonjour",
    "Soleil2026!!!",
    "Chocolat1234!",
    "doudou123456",
    "loulouloulou",
    "marseille1313",
    "jetaimemonchat",
    "jetaimemaman!",
    "iloveyou2026",
    "Password2026!",
    "password1234",
    "superman2026",
    "Secret123456!",
    "nicolas19850612",
    "camille.canari1",
    "CamilleCanari26",
    "canaricamille07",
    "Canari-2026!!",
    "camille123456",
    "camille.canari@exemple.invalid",
    "PoleSud2026!!",
    "polesud26000",
    "Pole-Sud-2026",
    "polesudpolesud",
    "rapprochements1",
    "Rapprochement2026",
    "AnimationPoleSud",
    "Valence26000!",
    "Valence-2026!",
    "montelimar26200",
    "AubenasArdeche",
    "privas07000!!",
    "romanssurisere",
    "Drome-Ardeche26",
    "Ardeche07000",
    "administrateur",
    "Administrateur1",
    "administration1",
    "animation2026",
    "associations26",
    "economiesociale",
    "Entreprise2026",
    "cooperative26",
    "123456789012",
    "111111111111",
    "000000000000",
    "aaaaaaaaaaaa",
    "abcdefghijkl",
    "abcabcabcabc",
    "14071789!!!!",
    "Juillet2026!!",
    "Novembre2026!",
    "vendredi13!!",
]
# Among the commonest of twelve characters or more in published leaks.
LEAKED = [
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qazwsxedcrfv",
    "123qweasdzxc",
    "q1w2e3r4t5y6",
    "qwertyuiop123",
    "123456789abc",
    "abcdefg12345",
    "unbelievable",
    "manchesterunited",
    "michaeljackson",
    "passwordpassword",
    "letmeinletmein",
    "iloveyouforever",
    "princess12345",
    "football12345",
    "trustno1trustno1",
    "changeme1234",
    "administrator",
    "P@ssw0rd1234",
    "123456123456",
    "1234567891011",
]
FINE = (
    "correct cheval pile agrafe",
    "tambour lierre wagon seize",
    "lentille sabot orage pigeon",
    "une phrase assez longue pour tous",
    "phare granit mouche veston",
    "Été, brume & 3 pingouins rêveurs",
)


@pytest.mark.parametrize("password", OBVIOUS + LEAKED)
def test_an_obvious_password_is_refused_with_a_hint(password: str) -> None:
    with pytest.raises(InvalidError) as refused:
        hash_password(password, EMAIL, NAME)
    assert HINT in refused.value.detail


@pytest.mark.parametrize("password", FINE)
def test_a_passphrase_is_taken(password: str) -> None:
    assert weakness(password, own_words(EMAIL, NAME)) == ""


def test_random_passwords_of_a_manager_are_taken() -> None:
    words = own_words(EMAIL, NAME)
    assert not [password for password in (secrets.token_urlsafe(12) for _ in range(200)) if weakness(password, words)]


def test_what_follows_and_what_is_long_makes_no_password_stronger_or_slower() -> None:
    """zxcvbn is asked about a bounded text, whatever is pasted."""
    assert weakness("a" * 200)
    assert LEAST_GUESSES >= 10


def test_a_reason_says_what_is_wrong_and_nothing_of_the_password() -> None:
    assert "votre nom" in weakness("CamilleCanari26", own_words(EMAIL, NAME))
    assert "suite de touches" in weakness("azertyuiop123")
    assert "azerty" not in weakness("azertyuiop123")
