"""What somebody with bad intentions sends: a test for each kind, on every service that it could reach."""

import hashlib
import hmac
import json
import re
import secrets
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from people import Person, votes
from processes import KEY, Mongod, Process, Service

Ended = Callable[[Process], Process]
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "{{ config.SECRET_KEY }}",
    "<a href=javascript:alert(1)>x</a>",
    "\u2028</textarea><script>alert(1)</script>",
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
INJECTED = "X-Injected"


class Markup(HTMLParser):
    """Reads a page as a browser does, and keeps what would run: such elements, `on…` attributes, addresses of a script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "svg", "iframe", "object", "embed"):
            self.active.append(tag)
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "data", "poster")
            scripted = (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
            if name.startswith("on") or (leads and scripted):
                self.active.append(f"{tag} {name}={value}")


@pytest.fixture(params=["ui", "monolith"])
def site(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def person(site: Service) -> Person:
    """Return somebody who may do everything: at the monolith that takes an account."""
    made = Person(site)
    if site.name == "monolith":
        made.visit("/signup")
        made.follow(made.send("/signup", name=f"p{secrets.token_hex(8)}", password="long enough"))
    return made


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_stored_script_is_shown_as_text(person: Person, script: str) -> None:
    marked = f"{secrets.token_hex(4)} {script.strip()}".replace("\u2028", "")
    post = person.add_post(marked)
    person.visit(f"/post/{post}")
    person.send(f"/post/{post}/comment", name=script[:90].replace("\u2028", ""), email="a@example.org", body=script)
    for path in ("/", f"/post/{post}"):
        page = person.visit(path)
        assert page.status == 200
        assert Markup(page.text).active == []
        assert KEY not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]


def test_a_script_in_a_draft_is_shown_as_text(person: Person) -> None:
    person.visit("/new")
    page = person.follow(person.send("/new", title='"><script>alert(1)</script>', link="javascript:alert(1)"))
    assert Markup(page.text).active == []
    assert "Invalid URL" in page.text


def test_a_cross_site_post_is_refused(person: Person, site: Service) -> None:
    post = person.add_post(f"forged {secrets.token_hex(4)}")
    other = Person(site)
    other.visit("/new")  # the attacker has a token, but of another session
    for token in ("", other.token, "x" * 40, f"{other.token}x"):
        for path in ("/new", f"/post/{post}/vote/1", f"/post/{post}/comment"):
            body = f"csrf_token={token}&title=forged&link=https://example.org/&body=forged"
            headers = {**FORM, "Cookie": person.cookie, "Origin": "https://evil.example"}
            assert site.send("POST", path, body, headers).status == 400
    page = person.visit(f"/post/{post}")
    assert votes(page, post) == 0
    assert "No comments yet" in page.text


def test_a_cookie_is_not_sent_with_a_cross_site_post(site: Service) -> None:
    cookie = site.get("/new").headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie


def test_no_page_lets_another_site_read_or_frame_it(site: Service) -> None:
    page = site.get("/", Origin="https://evil.example")
    assert [name for name in page.headers if name.lower().startswith("access-control-")] == []
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "//evil.example/%2f..", "/\\evil.example", "/%5cevil.example", "/https://evil.example/new"]
    + [
        "/new?next=https://evil.example",
        "/post//evil.example",
        "///evil.example/new",
        "/new/",
        "/post/x/../..//evil.example",
    ],
)
def test_no_open_redirect_by_address(site: Service, path: str) -> None:
    answer = site.send("GET", path, headers={"X-Forwarded-Host": "evil.example"})
    assert leads_here(answer.headers.get("Location", "/"), site), answer.headers


def test_no_open_redirect_by_form(person: Person, site: Service) -> None:
    post = person.add_post(f"redirect {secrets.token_hex(4)}")
    evil = "https://evil.example/"
    for path, form in (
        ("/new", {"title": "x", "link": "https://example.org/", "next": evil}),
        ("/new", {"title": "", "link": evil, "from": evil}),
        (f"/post/{post}/vote/1", {"next": evil, "from": evil}),
        (f"/post/{post}/vote/1", {"from": "//evil.example"}),
        (f"/post/{post}/comment", {"body": "x", "next": evil}),
    ):
        answer = person.send(path, **form)
        assert answer.status == 303
        assert leads_here(answer.headers["Location"], site)


def leads_here(location: str, site: Service) -> bool:
    """Tell whether a browser that is told to go there stays at this site."""
    parts = urlsplit(location.replace("\\", "/"))
    return parts.netloc in ("", f"127.0.0.1:{site.port}") and parts.scheme in ("", "http")


@pytest.mark.parametrize(
    "form", ["id[$ne]=&type=1", "id=%7B%22%24ne%22%3A1%7D&type=1", "id[$gt]=&id[$lt]=z&type=1", "id=x&type[$ne]=2"]
)
def test_a_mongo_operator_in_a_vote_is_refused(post: Service, form: str) -> None:
    assert post.post("/add_post", title="to be voted on", link="https://example.org/").status == 200
    before = {found["_id"]["$oid"]: found["votes"] for found in post.get("/posts").json()}
    assert post.send("POST", "/vote", form, FORM).status == 400
    assert {found["_id"]["$oid"]: found["votes"] for found in post.get("/posts").json()} == before


@pytest.mark.parametrize("form", ["post_id[$ne]=&body=x", "post_id=%7B%22%24gt%22%3A%22%22%7D&body=x"])
def test_a_mongo_operator_in_a_comment_is_refused(comment: Service, form: str) -> None:
    assert comment.send("POST", "/add_comment", form, FORM).status == 400


@pytest.mark.parametrize("path", ["/post/%7B%22$ne%22:1%7D", "/post/[$ne]", "/post/$where"])
def test_a_mongo_operator_in_an_address_is_refused(post: Service, path: str) -> None:
    assert post.get(path).status == 400


def test_a_mongo_operator_is_no_password(monolith: Service, mongod: Mongod) -> None:
    owner = Person(monolith)
    owner.visit("/signup")
    owner.follow(owner.send("/signup", name="operated", password="long enough"))
    thief = Person(monolith)
    for form in (
        {"name": "operated", "password[$ne]": ""},
        {"name[$gt]": "", "password[$gt]": ""},
        {"name": "operated", "password": '{"$ne": ""}'},
        {"name": '{"$gt": ""}', "password": "long enough"},
    ):
        thief.visit("/login")
        assert thief.send("/login", **form).status == 401
    answer = monolith.send("POST", "/login", json.dumps({"name": {"$gt": ""}}), {"Content-Type": "application/json"})
    assert answer.status == 400
    with mongod.client() as client:
        assert client["reddit"]["accounts"].count_documents({"_id": "operated"}) == 1


@pytest.mark.parametrize("break_", ["%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%00"])
def test_a_header_cannot_be_injected_by_an_address(site: Service, break_: str) -> None:
    for path in (f"/{break_}{INJECTED}:1", f"/post/x{break_}{INJECTED}:1", f"/new?next={break_}{INJECTED}:1"):
        answer = site.send("GET", path)
        assert answer.status < 500
        assert INJECTED not in answer.headers


def test_a_header_cannot_be_injected_by_a_form(person: Person) -> None:
    post = person.add_post(f"lines {secrets.token_hex(4)}")
    for field in ("from", "next", "name", "body", "title"):
        answer = person.send(f"/post/{post}/comment", **{"body": "x", field: f"x\r\n{INJECTED}: 1"})
        assert answer.status in (303, 400)
        assert INJECTED not in answer.headers


@pytest.mark.parametrize("name", ["post", "comment", "ui", "monolith"])
def test_a_header_cannot_be_injected_by_a_request_id(name: str, request: pytest.FixtureRequest) -> None:
    service: Service = request.getfixturevalue(name)
    for sent in (b"x\rX-Injected: 1", b"x%0d%0aX-Injected: 1", b"x\x00y", b"\xe5\x98\x8aX", b"x\r\n X-Injected: 1"):
        answer = service.raw(
            b"GET /healthcheck HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRequest-Id: " + sent + b"\r\n\r\n"
        )
        head = answer.partition(b"\r\n\r\n")[0]
        assert re.match(rb"HTTP/1\.1 [24]\d\d ", head), head
        assert b"\nx-injected:" not in head.lower()
        assert sent not in head
    assert all(json.loads(line) for line in service.text().splitlines())  # nor can it write a line of the log


@pytest.mark.parametrize("name", ["post", "comment", "ui", "monolith"])
def test_an_oversized_cookie_is_refused(name: str, request: pytest.FixtureRequest) -> None:
    service: Service = request.getfixturevalue(name)
    assert service.send("GET", "/", headers={"Cookie": "session=" + "x" * 20_000}).status in (400, 431)
    many = b"".join(b"Cookie: a%d=%s\r\n" % (number, b"y" * 4000) for number in range(200))
    answer = service.raw(b"GET /healthcheck HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n")
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]
    assert service.get("/healthcheck").status == 200


@pytest.mark.parametrize(
    "cookie", ["session=" + "x" * 7000, "session=" + ".".join("x" * 2000 for _ in range(3)), "session=\xff"]
)
def test_a_large_cookie_that_nobody_signed_is_no_session(site: Service, cookie: str) -> None:
    answer = site.send("GET", "/new", headers={"Cookie": cookie.encode("latin-1").decode("latin-1")})
    assert answer.status in (200, 400)


def test_a_cookie_of_ours_is_never_too_large_for_a_browser(person: Person) -> None:
    for size in (100, 3000, 9000, 60_000):
        person.visit("/new")
        answer = person.send("/new", title="x" * 300, link="nonsense", body="&" * size)
        assert len(answer.headers.get("Set-Cookie", "")) < 4093


@pytest.mark.parametrize("key", ["", "dev", "secret", "changeme", "change me", "SECRET_KEY", "reddit", "k", "0" * 64])
def test_a_session_signed_with_a_usual_key_is_none(monolith: Service, key: str) -> None:
    payload = urlsafe_b64encode(json.dumps({"account": "admin"}, separators=(",", ":")).encode()).rstrip(b"=")
    stamp = urlsafe_b64encode(int(time.time()).to_bytes(4, "big")).rstrip(b"=")
    forged = signed(payload + b"." + stamp, key.encode())
    assert "Log out" not in monolith.send("GET", "/", headers={"Cookie": f"session={forged}"}).text
    own = signed(payload + b"." + stamp, KEY.encode())
    assert "Log out" in monolith.send("GET", "/", headers={"Cookie": f"session={own}"}).text


def signed(value: bytes, key: bytes) -> str:
    """Sign a session as Flask does."""
    derived = hmac.new(key, b"cookie-session", hashlib.sha1).digest()
    mark = hmac.new(derived, value, hashlib.sha1).digest()
    return (value + b"." + urlsafe_b64encode(mark).rstrip(b"=")).decode()


def test_nothing_in_the_repository_names_a_session_key() -> None:
    root = Path(__file__).parents[2]
    said = (root / "src/compose.yaml").read_text()
    assert "SESSION_KEY:" not in said
    assert "SESSION_KEY=" not in said
    for folder in ("src", "docker-monolith"):
        for file in (root / folder).rglob("*.py"):
            assert re.search(r"SECRET_KEY\s*=\s*[\"']", file.read_text()) is None, file


HALF = {
    "half a header": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": b"POST /new HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n" + b"Content-Type: text/plain\r\n\r\nx",
    "half a chunk": b"POST /add_post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HALF)
@pytest.mark.parametrize("name", ["post", "comment", "ui", "monolith"])
def test_clients_that_stall_do_not_stop_the_others(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    service: Service = request.getfixturevalue(name)
    with ThreadPoolExecutor(48) as stalled:
        waiting = [stalled.submit(service.raw, HALF[kind], 1.0) for _ in range(48)]
        time.sleep(0.5)
        assert service.get("/static/style.css" if name in ("ui", "monolith") else "/nowhere").status in (200, 404)
        assert all(future.result() is not None for future in waiting)
    assert "Traceback" not in service.text()


@pytest.mark.parametrize("name", ["post", "comment", "ui", "monolith"])
def test_200_connections_that_say_nothing_keep_nobody_out(name: str, request: pytest.FixtureRequest) -> None:
    service: Service = request.getfixturevalue(name)
    with ExitStack() as held:
        for _ in range(200):
            held.enter_context(socket.create_connection(("127.0.0.1", service.port), 5))
        time.sleep(0.3)
        started = time.monotonic()
        # On a connection of its own: one that is kept has its turn before those that are new.
        assert b" 404 " in service.raw(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert time.monotonic() - started < 3
