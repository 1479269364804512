"""A polite reader of one public service: it waits, tries again a few times, and says in French why it gave up."""

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from api.core.settings import Settings
from api.open_data.sources.parts import Request

# Answers after which the same question may be answered differently.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
# The wait after a first failure, in seconds; it doubles with each.
_FIRST_WAIT = 1.0


class ServiceError(Exception):
    """A service did not give what was asked; the text says which, and why, in French."""


class _PassingError(Exception):
    """This attempt failed, the next may not. retry_after: seconds that the service asked to wait, if it did."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Validators:
    """How a service marked an answer (RFC 9110, 8.8): given back, it may say that nothing has changed."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Answer:
    """A decoded JSON body, and its validators; `unchanged`: the service answered 304, and there is no body."""

    body: Any
    validators: Validators
    unchanged: bool = False


class Client(AbstractContextManager["Client"]):
    """Asks one service, one page at a time, `per_second` at most.

    base_url: what the paths of requests are relative to. clock: seconds that only grow; now: the time of day, which
    only a `Retry-After` that is a date needs.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        options: Settings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name, self._base, self._options = name, base_url.rstrip("/") + "/", options
        self._sleep, self._clock, self._now = sleep, clock, now
        self._next = clock()
        contact = options.open_data_contact or options.public_url
        self._http = httpx.Client(
            headers={"User-Agent": f"pole-sud/0.1 (+{contact})", "Accept": "application/json"},
            timeout=httpx.Timeout(options.open_data_timeout_s, connect=min(10.0, options.open_data_timeout_s)),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def fetch(self, request: Request, known: Validators | None = None) -> Answer:
        """Return what the service answers. Raises ServiceError once it refuses, or has failed often enough."""
        tries = max(1, self._options.open_data_tries)
        for attempt in range(tries):
            try:
                return self._attempt(request, known or Validators())
            except _PassingError as failure:
                wait = max(_FIRST_WAIT * 2**attempt, failure.retry_after or 0.0)
                if attempt + 1 == tries:
                    raise self._error(f"{failure}, {tries} fois de suite") from failure
                if wait > self._options.open_data_longest_wait_s:
                    asked = f"{failure} et demande d’attendre {wait:.0f} s"
                    raise self._error(f"{asked} : elle sera relue la prochaine fois") from failure
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _attempt(self, request: Request, known: Validators) -> Answer:
        self._take_turn()
        url = httpx.URL(urljoin(self._base, request.path.lstrip("/")), params=request.params or None)
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                with self._http.stream("GET", url, headers=known.headers()) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._answer(response)
                    url = self._followed(url, response)
            except httpx.TimeoutException as late:
                raise _PassingError("ne répond pas à temps") from late
            except httpx.HTTPError as broken:
                raise _PassingError("est injoignable, ou coupe ses réponses") from broken
            except httpx.InvalidURL as wrong:
                raise self._error("a une adresse invalide : voyez les réglages") from wrong
        raise self._error("redirige sans fin")

    def _answer(self, response: httpx.Response) -> Answer:
        status = response.status_code
        validators = Validators(response.headers.get("etag", ""), response.headers.get("last-modified", ""))
        if status == 304:
            return Answer(None, validators, unchanged=True)
        if status in _PASSING:
            raise _PassingError(f"répond {status}", self._retry_after(response.headers))
        if status != 200:
            raise self._error(f"refuse la demande (réponse {status})")
        body = self._body(response)
        try:
            return Answer(json.loads(body), validators)
        except (ValueError, RecursionError) as error:
            # It may have been cut on its way.
            raise _PassingError("répond autre chose que du JSON") from error

    def _body(self, response: httpx.Response) -> bytes:
        """Read the body, neither longer nor for longer than allowed: a slow drip is never late chunk by chunk."""
        most, ends = self._options.open_data_megabytes * 1_000_000, self._clock() + self._options.open_data_answer_s
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > most:
                raise self._error(f"envoie plus de {self._options.open_data_megabytes} Mo d’un coup")
            if self._clock() > ends:
                raise _PassingError("répond trop lentement")
        return bytes(body)

    def _followed(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        there = url.join(response.headers.get("location", ""))
        same = there.host == url.host and there.port == url.port and there.scheme == url.scheme
        secured = there.host == url.host and (url.scheme, there.scheme) == ("http", "https")
        if not same and not secured:
            raise self._error(f"redirige vers un autre site ({urlsplit(str(there)).hostname})")
        return there

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Return how long to wait: `Retry-After` is seconds or a date (RFC 9110, 10.2.3)."""
        told = headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}", told):
            return float(told)
        try:
            moment = parsedate_to_datetime(told)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._now()).total_seconds())

    def _take_turn(self) -> None:
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        if self._options.open_data_per_second > 0:
            self._next = max(self._next, self._clock()) + 1 / self._options.open_data_per_second

    def _error(self, reason: str) -> ServiceError:
        return ServiceError(f"{self._name} : la source {reason}.")
