"""HTTP client of one public service: limits its rate, retries a few times, gives its errors in French."""

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from api.core.settings import Settings
from api.open_data.sources.contract import Request

# Statuses after which the same request may succeed later.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
# The wait after a first failure, in seconds; it doubles with each.
_FIRST_WAIT = 1.0
# One context for all services: to make one reads the certificates of all authorities.
_tls = cache(httpx.create_ssl_context)


class ServiceError(Exception):
    """A service refused or failed; the text names it and gives the reason, in French."""


class _PassingError(Exception):
    """This attempt failed, the next may succeed. retry_after: seconds to wait, if the service asked for it."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Validators:
    """Validators of an answer (RFC 9110, 8.8): sent back, they let the service answer that nothing has changed."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        validator_headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {header_name: header_value for header_name, header_value in validator_headers.items() if header_value}


@dataclass(frozen=True)
class Answer:
    """A decoded JSON body, and its validators; `unchanged`: the service answered 304, and there is no body."""

    body: Any
    validators: Validators
    unchanged: bool = False


class Client(AbstractContextManager["Client"]):
    """Client of one service: one page at a time, at most `open_data_per_second` pages a second.

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
            verify=_tls(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def fetch(self, request: Request, known_validators: Validators | None = None) -> Answer:
        """Return the answer. Raises ServiceError when the service refuses, or fails at each attempt."""
        n_tries = max(1, self._options.open_data_tries)
        for attempt in range(n_tries):
            try:
                return self._attempt(request, known_validators or Validators())
            except _PassingError as failure:
                wait_s = max(_FIRST_WAIT * 2**attempt, failure.retry_after or 0.0)
                if attempt + 1 == n_tries:
                    raise self._error(f"{failure}, {n_tries} fois de suite") from failure
                if wait_s > self._options.open_data_longest_wait_s:
                    retry_request = f"{failure} et demande d’attendre {wait_s:.0f} s"
                    raise self._error(f"{retry_request} : elle sera relue la prochaine fois") from failure
                self._sleep(wait_s)
        raise AssertionError("unreachable")

    def _attempt(self, request: Request, known_validators: Validators) -> Answer:
        self._take_turn()
        url = httpx.URL(urljoin(self._base, request.path.lstrip("/")), params=request.params or None)
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                with self._http.stream("GET", url, headers=known_validators.headers()) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._answer(response)
                    url = self._followed(url, response)
            except httpx.TimeoutException as timeout:
                raise _PassingError("ne répond pas à temps") from timeout
            except httpx.HTTPError as http_error:
                raise _PassingError("est injoignable, ou coupe ses réponses") from http_error
            except httpx.InvalidURL as url_error:
                raise self._error("a une adresse invalide : voyez les réglages") from url_error
        raise self._error("redirige sans fin")

    def _answer(self, response: httpx.Response) -> Answer:
        status_code = response.status_code
        validators = Validators(response.headers.get("etag", ""), response.headers.get("last-modified", ""))
        if status_code == 304:
            return Answer(None, validators, unchanged=True)
        if status_code in _PASSING:
            raise _PassingError(f"répond {status_code}", self._retry_after(response.headers))
        if status_code != 200:
            raise self._error(f"refuse la demande (réponse {status_code})")
        body = self._body(response)
        try:
            return Answer(json.loads(body), validators)
        except (ValueError, RecursionError) as error:
            # The body may have been cut in transit.
            raise _PassingError("répond autre chose que du JSON") from error

    def _body(self, response: httpx.Response) -> bytes:
        """Read the body within the limits of size and time: httpx's own timeout never stops a slow drip of chunks."""
        largest_size = self._options.open_data_megabytes * 1_000_000
        end_time = self._clock() + self._options.open_data_answer_s
        received = bytearray()
        for chunk in response.iter_bytes():
            received += chunk
            if len(received) > largest_size:
                raise self._error(f"envoie plus de {self._options.open_data_megabytes} Mo d’un coup")
            if self._clock() > end_time:
                raise _PassingError("répond trop lentement")
        return bytes(received)

    def _followed(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        target_url = url.join(response.headers.get("location", ""))
        same_site = target_url.host == url.host and target_url.port == url.port and target_url.scheme == url.scheme
        is_upgrade = target_url.host == url.host and (url.scheme, target_url.scheme) == ("http", "https")
        if not same_site and not is_upgrade:
            raise self._error(f"redirige vers un autre site ({urlsplit(str(target_url)).hostname})")
        return target_url

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Return how long to wait: `Retry-After` is seconds or a date (RFC 9110, 10.2.3)."""
        header_value = headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}", header_value):
            return float(header_value)
        try:
            retry_at = parsedate_to_datetime(header_value)
        except ValueError:
            return None
        retry_at = retry_at if retry_at.tzinfo else retry_at.replace(tzinfo=UTC)
        return max(0.0, (retry_at - self._now()).total_seconds())

    def _take_turn(self) -> None:
        wait_s = self._next - self._clock()
        if wait_s > 0:
            self._sleep(wait_s)
        if self._options.open_data_per_second > 0:
            self._next = max(self._next, self._clock()) + 1 / self._options.open_data_per_second

    def _error(self, reason: str) -> ServiceError:
        return ServiceError(f"{self._name} : la source {reason}.")
