"""Fetching a calendar from an address that somebody typed in, without being led into our own network.

https only. Every address that the name resolves to is vetted, and the vetted one is connected to, with the name for TLS and
for the Host header: what the name resolves to a moment later is of no interest. Redirects go through the same.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from .addresses import why_refused

SECONDS = 10.0
MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 3
# A name may resolve to many addresses; the first few answer or none does.
MOST_TRIES = 3
CHUNK = 64 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
LONGEST_ADDRESS = 2000

Resolve = Callable[[str, int], list[str]]


class FetchProblem(Exception):
    """Why a calendar could not be fetched: one of the codes that are listed where people read them."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class Answer(NamedTuple):
    """What came: nothing when it has not changed since the etag that was sent."""

    content: bytes | None
    etag: str


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def fetch(
    address: str,
    *,
    etag: str = "",
    seconds: float = SECONDS,
    resolver: Resolve = resolve,
    refused: Callable[[str], str] = why_refused,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Fetch what an address leads to, in so many seconds all in all. Raises FetchProblem.

    `resolver`, `refused` and `context` are there for tests; nothing else gives them.
    """
    deadline = time.monotonic() + seconds
    context = context or ssl.create_default_context()
    for _redirect in range(MOST_REDIRECTS + 1):
        parts = split(address)
        host, port = str(parts.hostname), parts.port or 443
        vetted = _vetted(host, port, deadline, resolver, refused)
        with _connected(vetted, host, port, deadline, context) as connection:
            try:
                connection.request("GET", _target(parts), headers=_headers(parts, etag))
                response = connection.getresponse()
                if response.status in REDIRECTS:
                    address = urljoin(address, response.headers.get("Location", ""))
                    continue
                if response.status == 304 and etag:
                    return Answer(None, etag)
                if response.status != 200:
                    raise FetchProblem("status", str(response.status))
                content = _content(response, deadline)
            except (OSError, ValueError, AttributeError, zlib.error, http.client.HTTPException) as error:
                # The watchdog closes the connection from under whoever reads from it.
                raise FetchProblem("slow" if time.monotonic() >= deadline else "broken") from error
        return Answer(content, response.headers.get("ETag", "")[:200])
    raise FetchProblem("redirects")


def exchange(
    address: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    seconds: float = SECONDS,
    resolver: Resolve = resolve,
    refused: Callable[[str], str] = why_refused,
    context: ssl.SSLContext | None = None,
) -> tuple[int, bytes]:
    """Ask a provider's interface, by POST when there is a body: the status and what it says. Raises FetchProblem.

    It follows no redirect: what is sent along is for this server only.
    """
    deadline = time.monotonic() + seconds
    parts = split(address)
    host, port = str(parts.hostname), parts.port or 443
    vetted = _vetted(host, port, deadline, resolver, refused)
    with _connected(vetted, host, port, deadline, context or ssl.create_default_context()) as connection:
        try:
            sent = {
                "Host": parts.netloc,
                "User-Agent": "Mentoring",
                "Accept": "application/json",
                "Connection": "close",
            }
            connection.request("GET" if body is None else "POST", _target(parts), body, sent | (headers or {}))
            response = connection.getresponse()
            return response.status, _content(response, deadline)
        except (OSError, ValueError, AttributeError, zlib.error, http.client.HTTPException) as error:
            raise FetchProblem("slow" if time.monotonic() >= deadline else "broken") from error


def split(address: str) -> SplitResult:
    """Take an address apart. Raises FetchProblem for one that is not fetched, wherever it leads."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise FetchProblem("address") from error
    if len(address) > LONGEST_ADDRESS or any(not " " < sign < "\x7f" for sign in address):
        raise FetchProblem("address")
    if parts.scheme != "https":
        raise FetchProblem("https")
    if not parts.hostname or port == 0 or parts.username is not None or parts.password is not None:
        raise FetchProblem("address")
    return parts


def _vetted(host: str, port: int, deadline: float, resolver: Resolve, refused: Callable[[str], str]) -> list[str]:
    """The host's addresses, when all of them are public. One that isn't spoils the others: it is a trick."""
    answer: list[list[str]] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            answer.append(resolver(host, port))

    # The system's resolver knows no deadline; what it says too late is heard by nobody.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if thread.is_alive():
        raise FetchProblem("slow")
    if not answer or not answer[0]:
        raise FetchProblem("name")
    for address in answer[0]:
        if why := refused(address):
            raise FetchProblem("refused", why)
    return answer[0][:MOST_TRIES]


@contextlib.contextmanager
def _connected(
    addresses: list[str], host: str, port: int, deadline: float, context: ssl.SSLContext
) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the vetted addresses that is cut at the deadline, whatever the other side does."""
    with contextlib.ExitStack() as stack:
        plain = _reach(addresses, port, deadline)
        stack.callback(plain.close)
        # Shutting down a second handle works while another thread reads from the first.
        handle = plain.dup()
        stack.callback(handle.close)

        def cut() -> None:
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

        watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
        watchdog.daemon = True
        watchdog.start()
        stack.callback(watchdog.cancel)
        try:
            secure = context.wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise FetchProblem("certificate") from error
        except (OSError, ValueError) as error:
            raise FetchProblem("slow" if time.monotonic() >= deadline else "broken") from error
        stack.callback(secure.close)
        connection = http.client.HTTPSConnection(host, port)
        connection.sock = secure
        yield connection


def _reach(addresses: list[str], port: int, deadline: float) -> socket.socket:
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            # A vetted address, never the name.
            reached = socket.create_connection((address, port), timeout=left / 2)
        except OSError:
            continue
        reached.settimeout(max(0.1, deadline - time.monotonic()))
        return reached
    raise FetchProblem("slow" if time.monotonic() >= deadline else "unreachable")


def _target(parts: SplitResult) -> str:
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _headers(parts: SplitResult, etag: str) -> dict[str, str]:
    headers = {
        "Host": parts.netloc,
        "User-Agent": "Mentoring calendar reader",
        "Accept": "text/calendar, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    if etag and all(" " <= sign < "\x7f" for sign in etag):
        headers["If-None-Match"] = etag
    return headers


def _content(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read the body, unpacked as it comes, so that little data can't become much."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise FetchProblem("broken")
    unpack = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    received, content = 0, bytearray()
    while chunk := response.read(CHUNK):
        if time.monotonic() >= deadline:
            raise FetchProblem("slow")
        received += len(chunk)
        if unpack is not None:
            chunk = unpack.decompress(chunk, MOST_BYTES + 1 - len(content))
        content += chunk
        if received > MOST_BYTES or len(content) > MOST_BYTES:
            raise FetchProblem("large")
    if time.monotonic() >= deadline:
        raise FetchProblem("slow")
    if response.length:
        raise FetchProblem("broken")
    if unpack is not None and not unpack.eof:
        raise FetchProblem("broken")
    return bytes(content)
