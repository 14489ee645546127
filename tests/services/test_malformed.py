"""Requests that nobody means, byte by byte, to every service: refused or answered, never a 500, never a traceback in a log."""

import os
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import Service

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.malformed.inputs import counted, mutations, share

NAMES = ("post", "comment", "ui", "monolith")
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
REFUSED = frozenset({501, 505})
"""What is beyond 499 and no failure: a method or a version of HTTP that the server does not have."""
ID = "a" * 24
PATHS: tuple[str, ...] = (
    "/",
    "/new",
    "/posts",
    f"/post/{ID}",
    f"/post/{ID}/vote/1",
    f"/post/{ID}/comment",
    "/add_post",
    "/vote",
    "/add_comment",
)
PATHS += (
    f"/{ID}/comments",
    "/healthcheck",
    "/metrics",
    "/signup",
    "/login",
    "/logout",
    "/static/style.css",
    "/static/../app.py",
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    found: Service = request.getfixturevalue(request.param)
    yield found
    assert "Traceback" not in found.text()
    assert '"unexpected error"' not in found.text()
    assert found.get("/nowhere").status == 404  # it still serves


def refused_or_answered(service: Service, data: bytes) -> list[int]:
    """Send it, and return the statuses that came back; fail for one that is a failure of the service's."""
    answer = service.raw(data, end=True)
    statuses = [int(found) for found in STATUS.findall(answer)]
    assert [status for status in statuses if status >= 500 and status not in REFUSED] == [], (data[:500], answer[:500])
    assert b"Traceback" not in answer
    counted("requests", 1)
    return statuses


def request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the bytes of a request."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{head}".encode("latin-1", "replace") + b"\r\n" + body


TOKENS = (
    "",
    " ",
    "$ne",
    "[$gt]",
    "%",
    "%00",
    "%ff",
    "%zz",
    "..",
    "\\",
    "null",
    "-1",
    "0",
    "1e9",
    "9" * 40,
    "\xff",
    "<b>",
    "{{7*7}}",
    "é",
)
TEXT = st.one_of(st.sampled_from(TOKENS), st.text(st.characters(codec="latin-1"), max_size=12))
METHODS = st.sampled_from(
    ["GET", "POST", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "get", "", "A" * 50]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Content-Length",
            "Transfer-Encoding",
            "Cookie",
            "Host",
            "Referer",
            "Origin",
            "Accept",
            "Range",
        ]
        + ["Request-Id", "Expect", "Connection", "Upgrade", "X-Forwarded-For", "If-Modified-Since", "If-None-Match"]
    ),
    st.one_of(
        st.sampled_from(
            [
                FORM,
                "multipart/form-data; boundary=x",
                "application/json",
                "chunked",
                "5",
                "-1",
                "100-continue",
                "bytes=9-1",
            ]
        ),
        TEXT,
    ).map(lambda text: text.replace("\r", "").replace("\n", "")),
    max_size=3,
)
FIELDS = st.sampled_from(
    [
        "id",
        "type",
        "title",
        "link",
        "created_at",
        "post_id",
        "name",
        "email",
        "body",
        "password",
        "csrf_token",
        "id[$ne]",
        "\xff",
        "",
    ]
)


@settings(
    max_examples=max(1, share("requests") // 8),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    method=METHODS,
    path=st.one_of(st.sampled_from(PATHS), TEXT.map(lambda text: f"/{text}")),
    headers=HEADERS,
    fields=st.lists(st.tuples(FIELDS, TEXT), max_size=5),
    as_form=st.booleans(),
)
def test_any_request_is_refused_or_answered(
    service: Service, method: str, path: str, headers: dict[str, str], fields: list[tuple[str, str]], as_form: bool
) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields).encode("latin-1", "replace")
    given_headers = {**headers, **({"Content-Type": FORM, "Content-Length": str(len(body))} if as_form else {})}
    refused_or_answered(service, request(method, path, given_headers, body))


SAMPLES = [
    request(
        "POST", "/add_post", {"Content-Type": FORM, "Content-Length": "37"}, b"title=x&link=https%3A%2F%2Fexample.org"
    ),
    request(
        "POST",
        "/new",
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    ),
    request("GET", f"/post/{ID}", {"Cookie": "session=eyJhIjoxfQ.aaaa.bbbb", "Request-Id": "one"}, b""),
    request("POST", "/vote", {"Transfer-Encoding": "chunked", "Content-Type": FORM}, b"5\r\nid=ab\r\n0\r\n\r\n"),
]


def test_a_damaged_request_is_refused_or_answered(service: Service) -> None:
    for data in mutations(NAMES.index(service.name), SAMPLES, share("requests") // 8):
        refused_or_answered(service, data)


def form(body: bytes, kind: str = FORM, path: str = "/add_post", length: str = "") -> bytes:
    """Return a form as a request of whatever type."""
    return request("POST", path, {"Content-Type": kind, "Content-Length": length or str(len(body))}, body)


def multipart(body: bytes, kind: str = "multipart/form-data; boundary=x") -> bytes:
    """Return a form in parts."""
    return form(body, kind)


HAND = {
    "nothing": b"",
    "an empty line": b"\r\n",
    "zeros": b"\0" * 100,
    "no version": b"GET /\r\n\r\n",
    "a version of tomorrow": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\0" * 150,
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 500 + b"\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    "a space before a colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: x\r\n  y\r\n\r\n",
    "two lengths": b"POST /vote HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": b"POST /vote HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": form(b"a", length="-1"),
    "a length of words": form(b"a", length="many"),
    "a huge length": form(b"a", length="9" * 30),
    "a length with a sign": form(b"a", length="+1"),
    "less than its length": form(b"a=", length="50"),
    "chunks that are none": b"POST /vote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk without an end": b"POST /vote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na",
    "an unknown coding": b"POST /vote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "another host": b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a host of nonsense": b"GET / HTTP/1.1\r\nHost: a b/c:[\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "an address that is none": b"GET a HTTP/1.1\r\nHost: x\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a connection to elsewhere": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in an address": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "bad escapes": b"GET /post/%zz%f HTTP/1.1\r\nHost: x\r\n\r\n",
    "an escaped zero": b"GET /post/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an overlong letter": b"GET /post/%c0%af HTTP/1.1\r\nHost: x\r\n\r\n",
    "a surrogate": b"GET /post/%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "up and out": b"GET /static/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a form of bytes": form(b"title=%ff%fe&link=\xff"),
    "a form of zeros": form(b"\0=\0&\0"),
    "a form without names": form(b"&&&===&;=&"),
    "a form of many fields": form(b"a=b&" * 5000),
    "a form with one long name": form(b"a" * 60_000),
    "a form of nothing": form(b""),
    "a form of another alphabet": form(b"title=\xe4", f"{FORM}; charset=utf-7"),
    "a form of an unknown alphabet": form(b"title=x", f"{FORM}; charset=nonsense"),
    "parts without a boundary": multipart(b"--x--", "multipart/form-data"),
    "parts with an empty boundary": multipart(b"--\r\n\r\n", "multipart/form-data; boundary="),
    "parts with a long boundary": multipart(b"--x", f"multipart/form-data; boundary={'x' * 5000}"),
    "parts without an end": multipart(b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nabc'),
    "a part without a name": multipart(b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n"),
    "a part without headers": multipart(b"--x\r\n\r\nabc\r\n--x--\r\n"),
    "many parts": multipart(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 500 + b"--x--\r\n"),
    "a file": multipart(
        b'--x\r\nContent-Disposition: form-data; name="title"; filename="../x"\r\n\r\nabc\r\n--x--\r\n'
    ),
    "a part of bytes": multipart(b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--x--\r\n'),
    "JSON": form(b'{"id": {"$ne": 1}}', "application/json"),
    "half of JSON": form(b'{"id": ', "application/json"),
    "deep JSON": form(b"[" * 10_000, "application/json"),
    "an unknown type": form(b"x", "a/b/c; d=\xff"),
    "an expectation": b"POST /vote HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\na=b",
    "another expectation": b"POST /vote HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nContent-Length: 3\r\n\r\na=b",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n",
    "a web socket": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
    "a cookie of nonsense": b"GET /new HTTP/1.1\r\nHost: x\r\nCookie: session=\xff; session=..; =; ;;=\r\n\r\n",
    "a cookie of JSON": b"GET /new HTTP/1.1\r\nHost: x\r\nCookie: session=.eJwB.a.b\r\n\r\n",
    "a range": b"GET /static/style.css HTTP/1.1\r\nHost: x\r\nRange: bytes=99999999999999999999-,0-,-1\r\n\r\n",
    "a date of nonsense": b"GET /static/icon.svg HTTP/1.1\r\nHost: x\r\nIf-Modified-Since: Fo, 99 Bar 99999 99:99:99 GMT\r\n\r\n",
    "a proxy's word": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a chunk that is none after one that is": b"POST /vote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n5\r\nid=ab\r\nzz\r\n\r\n",
    "smuggled": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n12345678",
    "one after the other": b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
}


def test_a_request_made_by_hand_is_refused_or_answered(service: Service) -> None:
    for data in HAND.values():
        refused_or_answered(service, data)


REFUSED_FORMS: tuple[str, ...] = (
    "a negative length",
    "a length of words",
    "two lengths",
    "no colon",
    "chunks that are none",
    "a chunk that is none after one that is",
    "half of JSON",
)
REFUSED_FORMS += ("parts without a boundary", "a form of zeros", "a form of nothing", "JSON", "a part without a name")


@pytest.mark.parametrize("name", REFUSED_FORMS)
def test_what_is_malformed_is_400(post: Service, name: str) -> None:
    assert refused_or_answered(post, HAND[name])[:1] == [400]


def test_random_bytes_are_refused(service: Service) -> None:
    dice = random.Random(os.environ.get("PYTEST_SEED", "5"))  # noqa: S311  a seed, to be repeated
    for _ in range(max(1, share("requests") // 20)):
        assert set(refused_or_answered(service, dice.randbytes(dice.randint(1, 3000)))) <= {400, 414, 431, 505}
