"""Browsers that an account knows: a signed cookie, given after a sign-in (« device cookies », OWASP).

The cookie opens nothing. It only has the browser's failed sign-ins counted apart from those of strangers, so that who
knows an address cannot keep its owner out. It names nobody: what it holds is signed together with the address.
"""

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

NAME = "appareil-"

_VALUE = re.compile(r"(\d{4}-\d{2}-\d{2})\.([\w-]{22})\.([0-9a-f]{64})", re.ASCII)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
# In this order: each also calls itself by the names that come after it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)


def cookie_name(keys: Sequence[bytes], email: str) -> str:
    """Return the name of an account's cookie: several people may sign in with one browser."""
    return NAME + _mac(keys[-1], "name", email)[:12]


def new_cookie(keys: Sequence[bytes], email: str, *, today: date) -> str:
    """Return the value of a new cookie for an account."""
    stem = f"{today.isoformat()}.{secrets.token_urlsafe(16)}"
    return f"{stem}.{_mac(keys[-1], stem, email)}"


def known_device(
    keys: Sequence[bytes], email: str, cookies: Mapping[str, str], *, today: date, device_days: int
) -> str | None:
    """Return the random name of the browser, None for one that the account does not know."""
    for key in reversed(keys):
        parts = _VALUE.fullmatch(cookies.get(cookie_name([key], email), ""))
        if parts is None or not hmac.compare_digest(parts[3], _mac(key, f"{parts[1]}.{parts[2]}", email)):
            continue
        age = today - date.fromisoformat(parts[1])
        # A day ahead: what was signed just after midnight by another clock.
        if timedelta(days=-1) <= age <= timedelta(days=device_days):
            return parts[2]
    return None


def device_in_words(user_agent: str) -> str:
    """Return a coarse name of a browser, e.g. « Firefox, Windows »: no version, nothing that tells two apart."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Navigateur inconnu")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser}, {system}" if system else browser


def _mac(key: bytes, stem: str, email: str) -> str:
    return hmac.digest(key, f"{stem}\x1f{email}".encode("utf-8", "surrogatepass"), "sha256").hex()
