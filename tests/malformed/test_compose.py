"""Compose files that nobody means, on an engine that has nothing: real compose reads them, and what is left is answered."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.host.docker import compose
from tests.malformed.inputs import CODES, counted, mutations, share

Main = Callable[[Sequence[str]], tuple[int, str]]
ROOT = Path(__file__).parents[2]
SAMPLES = [(ROOT / "src/compose.yaml").read_bytes(), b"services:\n  a:\n    build: .\n    ports: ['80']\n"]
KNOWN: dict[str, Any] = {
    "/version": {"Version": "28.0.0", "ApiVersion": "1.48", "MinAPIVersion": "1.24"},
    "/info": {"SecurityOptions": [], "DockerRootDir": "/nowhere", "IndexServerAddress": "https://registry.invalid/v1/"},
    "/_ping": "OK",
    "/containers/json": [],
    "/networks": [],
    "/volumes": {"Volumes": []},
    "/images/json": [],
}


class Engine(http.server.BaseHTTPRequestHandler):
    """An engine that answers all questions and has nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = "/" + self.path.partition("?")[0].lstrip("/").partition("/")[2] if "/v1." in self.path else self.path
        known = KNOWN.get(path.partition("?")[0])
        body = json.dumps({"message": "no such thing"} if known is None else known).encode()
        self.send_response(404 if known is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815  the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        return "a socket"


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: who asked went away."""


@pytest.fixture
def engine(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    place = alone / "e.sock"
    with Server(str(place), Engine) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
        monkeypatch.setenv("CHECKS_OFFLINE", "1")
        monkeypatch.setattr(compose, "CONFIG_SECONDS", 10.0)
        yield
        server.shutdown()
        thread.join(10)


def answered(main: Main, root: Path, content: bytes, verb: str = "build") -> None:
    """Let a verb read a compose file; fail where it does not say what is wrong."""
    (root / "repository").mkdir(exist_ok=True)
    (root / "repository/compose.yaml").write_bytes(content)
    (root / "repository/tests/integration").mkdir(parents=True, exist_ok=True)
    code, said = main([verb, "--root", str(root / "repository")])
    assert code in CODES, said
    assert "Traceback" not in said
    assert said or code == 0
    for report in (root / "repository").glob("reports/*.json"):
        json.loads(report.read_text())
    counted("compose", 1)


@pytest.mark.usefixtures("engine")
def test_a_damaged_file_is_answered(main: Main, alone: Path) -> None:
    for content in mutations(3, SAMPLES, share("compose") // 2):
        answered(main, alone, content)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 2**40), st.floats(), st.text(max_size=8))
ANY: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
)
FIELDS: tuple[str, ...] = (
    "image",
    "build",
    "command",
    "ports",
    "volumes",
    "networks",
    "depends_on",
    "healthcheck",
    "environment",
    "deploy",
)
FIELDS += (
    "secrets",
    "configs",
    "user",
    "tmpfs",
    "labels",
    "restart",
    "init",
    "extends",
    "profiles",
    "container_name",
    "env_file",
)
PLAUSIBLE: dict[str, Any] = {
    "image": st.sampled_from(
        ["a", "a:b", "", ":", "A/B", "a@sha256:0", "$X", "${X", "${X:?no}", "x" * 400, "registry.invalid/a"]
    ),
    "build": st.sampled_from(
        [".", "", "/nowhere", {"context": "."}, {"dockerfile_inline": "FROM"}, {"context": ".", "target": "x"}]
    ),
    "ports": st.sampled_from(
        [["80"], ["80:80:80"], ["99999"], ["1-5:1-3"], [{"target": 80, "published": "x"}], ["127.0.0.1::80/sctp"]]
    ),
    "volumes": st.sampled_from([["a:/b"], [".:/x:ro,zz"], ["/:/"], [{"type": "bind"}], [":"], ["a"]]),
    "depends_on": st.sampled_from([["a"], ["z"], {"a": {"condition": "x"}}, {"b": {"condition": "service_healthy"}}]),
    "healthcheck": st.sampled_from(
        [{"test": "x", "interval": "soon"}, {"test": []}, {"disable": True}, {"test": ["NONE"]}]
    ),
}


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """Return services with fields of compose's, whose values are plausible or anything."""
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(["a", "b", "A.B", "-", ""]), min_size=1, max_size=3, unique=True)):
        fields = draw(st.lists(st.sampled_from(FIELDS), max_size=4, unique=True))
        found[name] = {field: draw(st.one_of(PLAUSIBLE.get(field, ANY), ANY)) for field in fields}
    return found


@pytest.mark.usefixtures("engine")
@settings(
    max_examples=max(1, share("compose") // 2),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(found=services(), verb=st.sampled_from(["build", "up", "verify"]))
def test_any_services_are_answered(main: Main, alone: Path, found: dict[str, Any], verb: str) -> None:
    answered(main, alone, json.dumps({"services": found}).encode(), verb)


HAND = {
    "empty": b"",
    "zeros": b"\0\0\0",
    "no mapping": b"- a\n- b\n",
    "a word": b"services\n",
    "no services": b"volumes: {a: }\n",
    "null services": b"services:\n",
    "a circle of aliases": b"services: &a\n  b: *a\n",
    "a bomb": b"a: &a [x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (i + 1, i + 1, *[i] * 4) for i in range(97, 110)),
    "a circle of needs": b"services: {a: {image: a, depends_on: [b]}, b: {image: b, depends_on: [a]}}\n",
    "a circle of extends": b"services: {a: {extends: {service: a}}}\n",
    "itself included": b"include: [compose.yaml]\nservices: {a: {image: a}}\n",
    "an unknown field": b"services: {a: {image: a, imgae: b}}\n",
    "a missing variable": b"services: {a: {image: '${NOPE:?must be set}'}}\n",
    "an unclosed variable": b"services: {a: {image: '${NOPE'}}\n",
    "a build of nothing": b"services: {a: {build: }}\n",
    "a build from elsewhere": b"services: {a: {build: 'https://nowhere.invalid/x.git'}}\n",
    "a build from standard input": b"services: {a: {build: '-'}}\n",
    "an inline Dockerfile": b'services: {a: {build: {dockerfile_inline: "FROM \\0"}}}\n',
    "an inline circle": b"services: {a: {image: a, build: {dockerfile_inline: 'FROM b'}}, "
    b"b: {image: b, build: {dockerfile_inline: 'FROM a'}}}\n",
    "two of one image": b"services: {a: {image: x, build: .}, b: {image: x, build: ./b}}\n",
    "a secret that is a folder": b"services: {a: {image: a, secrets: [s]}}\nsecrets: {s: {file: .}}\n",
    "tabs": b"services:\n\ta:\n\t\timage: a\n",
    "latin": b"services: {a: {image: caf\xe9}}\n",
    "utf-16": "services: {a: {image: a}}\n".encode("utf-16"),
    "a long name": b"services: {" + b"a" * 5000 + b": {image: a}}\n",
    "deep": b"services: " + b"{a: " * 3000 + b"}" * 3000,
    "many": b"services:\n" + b"".join(b"  s%d: {image: a}\n" % number for number in range(300)),
    "control characters": b'services: {a: {image: "\\x1b[2Ja"}}\n',
}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", HAND)
def test_a_file_made_by_hand_is_answered(main: Main, alone: Path, name: str) -> None:
    for verb in ("build", "up"):
        answered(main, alone, HAND[name], verb)
