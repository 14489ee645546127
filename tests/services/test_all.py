"""What holds for all services: logs, request ids, limits, the end of a process, refusals to start."""

import json
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from people import Person
from processes import ROOT, Process, Service, free_port, post_settings

Ended = Callable[[Process], Process]


@pytest.fixture(params=["post", "comment", "ui", "monolith"])
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    return found


def logged(service: Service, request_id: str) -> list[dict[str, object]]:
    """Return the request lines that a service has logged for this id."""
    return [line for line in service.lines() if line.get("request_id") == request_id and line["event"] == "request"]


def test_every_line_is_json_and_names_its_service(service: Service) -> None:
    for line in service.lines():
        assert line["service"] == service.name
        assert line["event"]


def test_a_request_is_one_line(service: Service) -> None:
    service.get("/healthcheck?secret=1", Request_Id=f"line-{service.name}")
    [line] = logged(service, f"line-{service.name}")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/healthcheck", 200)
    assert isinstance(line["duration"], float)


def test_a_request_without_an_id_gets_one(service: Service) -> None:
    made = service.get("/nowhere").headers["Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert [line["status"] for line in logged(service, made)] == [404]


def test_an_id_that_would_spoil_a_log_is_replaced(service: Service) -> None:
    assert service.get("/nowhere", Request_Id='x" y').headers["Request-Id"] != 'x" y'


def test_the_id_goes_on_to_the_next_service(ui: Service, post: Service, comment: Service) -> None:
    person = Person(ui)
    made = person.add_post("traced")
    person.visit(f"/post/{made}", **{"Request-Id": "trace-1"})
    assert [line["path"] for line in logged(post, "trace-1")] == [f"/post/{made}"]
    assert [line["path"] for line in logged(comment, "trace-1")] == [f"/{made}/comments"]


def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    paths = {"post": "/add_post", "comment": "/add_comment", "ui": "/new", "monolith": "/new"}
    body = "title=" + "x" * 70_000
    answer = service.send("POST", paths[service.name], body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 413
    assert answer.headers["Connection"] == "close"  # what is left of the body stands between this and a next request


def test_a_connection_whose_body_has_no_length_is_not_kept(service: Service) -> None:
    chunks = b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"
    paths = {"post": b"/add_post", "comment": b"/add_comment", "ui": b"/new", "monolith": b"/new"}
    head = (
        b"POST " + paths[service.name] + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    answer = service.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 4)
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_a_connection_with_a_small_body_is_kept(service: Service) -> None:
    answer = service.send("POST", "/nowhere", "x" * 60_000, {"Content-Type": "text/plain"})
    assert answer.headers["Connection"] == "keep-alive"


def test_a_header_that_is_too_large_is_refused(service: Service) -> None:
    assert service.send("GET", "/", headers={"Cookie": "x" * 20_000}).status in {400, 431}


def test_a_wrong_method_is_refused(service: Service) -> None:
    answer = service.send("DELETE", "/healthcheck")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


def test_200_connections_at_once_are_served(service: Service) -> None:
    with ThreadPoolExecutor(200) as clients:
        statuses = list(clients.map(lambda _: service.get("/metrics").status, range(200)))
    assert statuses == [200] * 200


def test_version_is_that_of_the_file(service: Service) -> None:
    assert service.get("/healthcheck").json()["version"] == Path(service.env["APP_HOME"], "VERSION").read_text().strip()


NOBODY = "192.0.2.1"  # no machine has this address: who asks there waits for its whole time limit
FAR: dict[str, dict[str, str]] = {
    "post": {"POST_DATABASE_HOST": NOBODY},
    "comment": {"COMMENT_DATABASE_HOST": NOBODY},
    "ui": {"POST_SERVICE_HOST": NOBODY, "COMMENT_SERVICE_HOST": NOBODY},
    "monolith": {"DATABASE_URL": f"{NOBODY}:1"},
}
SLOW = {
    "post": (b"GET /posts", b"200 503"),
    "comment": (b"GET /" + b"a" * 24 + b"/comments", b"200 503"),
    "ui": (b"GET /post/" + b"a" * 24, b"200"),
    "monolith": (b"GET /post/" + b"a" * 24, b"200"),
}


@pytest.mark.parametrize("name", SLOW)
def test_sigterm_ends_within_5_seconds_with_requests_in_flight_answered(
    name: str, folder: Path, tmp_path: Path, ended: Ended
) -> None:
    # Nobody answers there, so that a page takes as long as it may and is under way when the signal comes.
    service = Service(name, tmp_path, SESSION_KEY_FILE=str(folder / "key"), **FAR[name])
    ended(service.start())
    service.ready()
    line, codes = SLOW[name]
    with (
        ThreadPoolExecutor(40) as people,
        socket.create_connection(("127.0.0.1", service.port)),  # somebody who says nothing
        socket.create_connection(("127.0.0.1", service.port)) as half,
    ):
        half.sendall(b"POST /new HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # and never the ten bytes
        request = line + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        asked = [people.submit(service.raw, request) for _ in range(20)]
        time.sleep(0.5)
        code, seconds = service.terminate()
        statuses = {answer.result().split(b" ", 2)[1] for answer in asked}
    assert (code, statuses - set(codes.split())) == (0, set())
    assert seconds < 5


@pytest.mark.parametrize(
    ("name", "env", "reason"),
    [
        ("ui", {}, "SESSION_KEY_FILE is not set"),
        ("ui", {"SESSION_KEY_FILE": "/nowhere/key"}, "cannot read /nowhere/key"),
        ("monolith", {"SESSION_KEY_FILE": "/dev/null"}, "has 0 bytes"),
        ("monolith", {}, "SESSION_KEY_FILE is not set"),
        ("post", {"POST_DATABASE_PORT": "tcp://10.0.0.1:1"}, "POST_DATABASE_PORT must be a port number"),
        ("post", {"POST_DATABASE_PORT": "0"}, "POST_DATABASE_PORT must be a port number"),
        ("comment", {"APP_HOME": "/nowhere"}, "cannot read /nowhere/VERSION"),
    ],
)
def test_a_wrong_environment_is_refused_with_the_reason(
    name: str, env: dict[str, str], reason: str, tmp_path: Path, ended: Ended
) -> None:
    service = Service(name, tmp_path)
    service.env = {**service.env, **env}
    ended(service.start())
    assert service.child.wait(15) != 0
    [line] = [line for line in service.lines() if line["event"] == "refused to start"]
    assert reason in str(line["reason"])


def test_the_health_check_script_tells_healthy_from_not(post: Service, folder: Path, ended: Ended) -> None:
    def check(service: Service, *how: str) -> int:
        script = Process(
            ["python3", "-I", "-S", str(ROOT / "src/common/healthcheck.py"), str(service.port), *how],
            service.env,
            folder / "healthcheck.log",
        )
        return script.start().child.wait(10)

    sick = Service("post", folder / "sick", **post_settings(free_port()))
    ended(sick.start())
    sick.ready()
    assert (check(post, "well"), check(sick, "well"), check(sick)) == (0, 1, 0)
    sick.kill()
    assert check(sick) == 1


def test_the_compose_file_asks_the_database_as_its_script_does() -> None:
    def code(text: str) -> list[str]:
        lines = [line.strip() for line in text.replace("$$", "$").splitlines()]
        return [line for line in lines if line and not line.startswith("#")]

    compose = code((ROOT / "src/compose.yaml").read_text())
    script = code((ROOT / "src/mongo/hello").read_text())
    script.remove("set -u")
    start = compose.index(next(line for line in compose if "/dev/tcp/" in line))
    tidy = [line.replace('"', "") for line in compose[start : start + len(script)]]
    assert tidy == [line.replace('"', "") for line in script]


def test_lines_of_the_log_are_whole_under_load(post: Service) -> None:
    with ThreadPoolExecutor(32) as clients:
        list(clients.map(lambda number: post.get("/posts", Request_Id=f"load-{number}"), range(200)))
    found = {line["request_id"] for line in map(json.loads, post.text().splitlines()) if "request_id" in line}
    assert {f"load-{number}" for number in range(200)} <= found
