"""Links hold for what they were made for, for a time, over changes of key; nothing else opens anything."""

import base64
import stat
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.errors import LinkExpiredError, NotReadyError, PoleSudError
from api.core.settings import Settings
from api.mailing.links import LASTING, LinkError, Purpose, Signer, link, open_signer, rotate_keys

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
DAYS = 45
SIGNER = Signer(["ancienne", "nouvelle"], DAYS)

purposes = st.sampled_from(Purpose)
claims = st.dictionaries(st.sampled_from("psu"), st.text(max_size=40), max_size=3)


def settings(folder: Path) -> Settings:
    return Settings(_env_file=None, link_keys=str(folder / "var/keys"))


@given(purposes, claims)
def test_a_link_gives_back_what_was_signed(purpose: Purpose, told: dict[str, str]) -> None:
    token = SIGNER.sign(purpose, now=NOW, **told)
    assert SIGNER.read(purpose, token, now=NOW) == told
    # It stands in a URL as it is.
    assert quote(token, safe="") == token


@given(purposes, purposes, claims)
def test_a_link_for_one_purpose_opens_no_other(signed: Purpose, asked: Purpose, told: dict[str, str]) -> None:
    token = SIGNER.sign(signed, now=NOW, **told)
    if signed != asked:
        with pytest.raises(LinkError):
            SIGNER.read(asked, token, now=NOW)


@given(purposes, claims, st.data())
def test_an_altered_link_is_none(purpose: Purpose, told: dict[str, str], data: st.DataObject) -> None:
    """One sign changed, taken away or added, anywhere."""
    token = SIGNER.sign(purpose, now=NOW, **told)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from("abcXYZ019-_.=~é \n"))
    altered = data.draw(
        st.sampled_from(
            [
                token[:place] + sign + token[place + 1 :],
                token[:place] + token[place + 1 :],
                token[:place] + sign + token[place:],
            ]
        )
    )
    try:
        read = SIGNER.read(purpose, altered, now=NOW)
    except LinkError:
        return
    # Base64 leaves some last bits unused: what is read can then only be what was signed.
    assert read == told


@given(purposes, st.text(max_size=200))
def test_a_forged_link_is_none(purpose: Purpose, token: str) -> None:
    with pytest.raises(LinkError):
        SIGNER.read(purpose, token, now=NOW)


@given(purposes, claims)
def test_a_link_signed_by_a_foreign_key_is_none(purpose: Purpose, told: dict[str, str]) -> None:
    with pytest.raises(LinkError):
        SIGNER.read(purpose, Signer(["étrangère"], DAYS).sign(purpose, now=NOW, **told), now=NOW)


@given(purposes, st.integers(0, 600 * 86_400))
def test_a_link_expires_and_says_so(purpose: Purpose, age: int) -> None:
    """After the days of the settings; ten times as many for one that unsubscribes or withdraws."""
    token = SIGNER.sign(purpose, now=NOW, p="x")
    days = DAYS * (10 if purpose in LASTING else 1)
    if age <= days * 86_400:
        assert SIGNER.read(purpose, token, now=NOW + timedelta(seconds=age)) == {"p": "x"}
    else:
        with pytest.raises(LinkExpiredError):
            SIGNER.read(purpose, token, now=NOW + timedelta(seconds=age))


def test_the_errors_answer_404_and_410_in_french() -> None:
    errors: list[PoleSudError] = []
    for token in ("faux", SIGNER.sign(Purpose.ANSWER, now=NOW)):
        with pytest.raises(PoleSudError) as raised:
            SIGNER.read(Purpose.ANSWER, token, now=NOW + timedelta(days=100))
        errors.append(raised.value)
    assert [(error.status, error.title) for error in errors] == [(404, "Introuvable"), (410, "Lien expiré")]
    assert all(error.detail.startswith("Ce lien") for error in errors)


def test_the_clock_is_read_where_no_moment_is_told() -> None:
    token = SIGNER.sign(Purpose.VIEW, p="x")
    assert SIGNER.read(Purpose.VIEW, token) == {"p": "x"}
    with pytest.raises(LinkExpiredError):
        SIGNER.read(Purpose.VIEW, token, now=datetime.now(UTC) + timedelta(days=DAYS, minutes=1))


def test_links_hold_over_two_changes_of_key_and_not_over_three(tmp_path: Path) -> None:
    """The newest key signs; the last three verify."""
    options = settings(tmp_path)
    token = open_signer(options).sign(Purpose.VIEW, p="x")
    for _ in range(2):
        rotate_keys(Path(options.link_keys))
        assert open_signer(options).read(Purpose.VIEW, token) == {"p": "x"}
    newest = open_signer(options).sign(Purpose.VIEW, p="y")
    rotate_keys(Path(options.link_keys))
    with pytest.raises(LinkError):
        open_signer(options).read(Purpose.VIEW, token)
    assert open_signer(options).read(Purpose.VIEW, newest) == {"p": "y"}


def test_the_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    """From the first moment, and after a change; nothing else is left beside them."""
    path = Path(settings(tmp_path).link_keys)
    for make in (lambda: open_signer(settings(tmp_path)), lambda: rotate_keys(path)):
        make()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]
    assert len(set(path.read_text().split())) == 2


def test_a_first_key_is_made_once_whoever_asks_at_once(tmp_path: Path) -> None:
    """What one signs, all others read."""
    signers: list[Signer] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        signers.append(open_signer(settings(tmp_path)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tokens = [signer.sign(Purpose.VIEW, p="x") for signer in signers]
    assert len(tokens) == 8
    assert all(signer.read(Purpose.VIEW, token) == {"p": "x"} for signer in signers for token in tokens)


def test_a_file_without_a_key_is_not_taken_for_one(tmp_path: Path) -> None:
    options = settings(tmp_path)
    Path(options.link_keys).parent.mkdir()
    Path(options.link_keys).write_text("\n")
    with pytest.raises(NotReadyError):
        open_signer(options)


def test_a_url_is_the_base_the_purpose_and_the_token() -> None:
    assert link("https://polesud.invalid/", Purpose.UNSUBSCRIBE, "abc") == "https://polesud.invalid/desinscription/abc"
    assert [purpose.value for purpose in Purpose] == [
        "avis",
        "confirmer",
        "desinscription",
        "voir",
        "suivi",
        "nouveau-mot-de-passe",
        "besoin",
    ]


# Made by the code of 28 November 2026 with these keys: the first five by the newest, the last by the older.
OLD_CLAIMS = {"p": "3b241101-e2bb-4255-8caf-4136c566a962", "s": "8f14e45f-ceea-5467-9c3d-0242ac120002"}
OLD_CONTENT = (
    ".eJwNyjEOgDAIAMC_MEsCFLD1NxTpbOJo_LvefA9ccECboszEWDInqphhz1io3DzNPYYLbHD_tS_WUluYVYGmvuPIdiKJSiQLEQm8H7MPFZI"
    ".awUSyA"
)
OLD_SIGNATURES = (
    (Purpose.ANSWER, "-qlGys6vqrKpGMZjnsNUwcAbXhwozvN01Qs019oX0_E"),
    (Purpose.CONFIRM, "KJ3JYTa9lxiStHsZ8yZY6gZbBEUhRWbknsbmICTjATA"),
    (Purpose.UNSUBSCRIBE, "H_4GKAs68-rwTea2EAAzooaU5-sxmgzq6duU_1Xuhws"),
    (Purpose.VIEW, "lEGXvUBBnLda16_veqmzMk3N7HLScxGsoSR2rqoUDEU"),
    (Purpose.FOLLOW_UP, "hj1JviDFvu7ekUPIq_CFrulcjXqa-CcnlV7oWa9Obvs"),
    (Purpose.ANSWER, "rk425piQv1kz2dCUnsEJSefGGP4lTupSYZdpblbj1Zs"),
)


@pytest.mark.parametrize(("purpose", "signature"), OLD_SIGNATURES)
def test_a_link_of_before_opens_for_its_purpose_until_it_is_too_old(purpose: Purpose, signature: str) -> None:
    token = f"{OLD_CONTENT}.{signature}"
    assert SIGNER.read(purpose, token, now=NOW + timedelta(days=DAYS)) == OLD_CLAIMS
    for other in set(Purpose) - {purpose}:
        with pytest.raises(LinkError):
            SIGNER.read(other, token, now=NOW)
    with pytest.raises(LinkError):
        Signer(["étrangère"], DAYS).read(purpose, token, now=NOW)
    with pytest.raises(LinkExpiredError):
        SIGNER.read(purpose, token, now=NOW + timedelta(days=10 * DAYS + 1))


@given(st.integers(0, len(OLD_CONTENT)), st.sampled_from("abcXYZ019-_.=~é \n"))
def test_an_altered_link_of_before_is_none(place: int, sign: str) -> None:
    token = f"{OLD_CONTENT[:place]}{sign}{OLD_CONTENT[place:]}.{OLD_SIGNATURES[0][1]}"
    with pytest.raises(LinkError):
        SIGNER.read(Purpose.ANSWER, token, now=NOW)


def test_a_short_link_of_before_opens_too() -> None:
    """Claims that compression would not shorten were written as they are."""
    token = "eyJwIjoieCJ9.awUSyA.Tvf03vFddXsYEp5VRuEJKfMosw5bJIxCXgYcWNgEMHE"
    assert SIGNER.read(Purpose.VIEW, token, now=NOW) == {"p": "x"}


@given(purposes, st.uuids().map(str), st.uuids().map(str))
def test_a_link_neither_holds_nor_repeats_what_it_names(purpose: Purpose, partner_id: str, suggestion_id: str) -> None:
    """Whoever has it cannot check a guess against it, nor see that two links name the same."""
    tokens = [SIGNER.sign(purpose, now=NOW, p=partner_id, s=suggestion_id) for _ in range(2)]
    assert tokens[0] != tokens[1]
    for token in tokens:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        for named in (partner_id, suggestion_id):
            assert named.encode() not in content
            assert uuid.UUID(named).bytes not in content
        assert len(token) == 204
