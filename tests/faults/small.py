"""The small repository: two containers, one of them of an image that is built, a secret, a volume, and three assertions."""

from __future__ import annotations

import json
from pathlib import Path

WITNESS = "FAULTS_WITNESS"
TESTS = ("test_both_run", "test_web_answers", "test_client_reaches_web")
FOREIGN = "probe:1"
_HEALTH = {"interval": "500ms", "timeout": "5s", "retries": 20}
_SERVE = "busybox mkdir -p /srv && echo hello >/srv/index.html && exec busybox httpd -f -p 8080 -h /srv"
_DOCKERFILE = "FROM tiny:1\n{foreign}COPY stamp /stamp\nRUN busybox sleep 1.25\n"
_ASSERTIONS = """
import os, time, urllib.request
import pytest


@pytest.fixture(autouse=True)
def witness(request):
    yield
    with open(os.environ["FAULTS_WITNESS"], "a") as file:
        file.write(f"{os.environ['CHECKS_RUN']} {request.node.name}\\n")


def test_both_run(stack):
    time.sleep(0.3)
    assert [stack[name].health for name in ("web", "client")] == ["healthy", "healthy"]


def test_web_answers(stack):
    time.sleep(0.3)
    host, port = stack["web"].at(8080)
    with urllib.request.urlopen(f"http://{host}:{port}/", timeout=10) as answer:
        assert answer.read() == b"hello\\n"


def test_client_reaches_web(stack):
    time.sleep(0.3)
    (address,) = stack["web"].addresses().values()
    api, words = stack["client"].client.api, ["busybox", "wget", "-qO-", f"http://{address}:8080/"]
    assert api.exec_start(api.exec_create(stack["client"].id, words)["Id"]) == b"hello\\n"
"""


def make(root: Path) -> None:
    """Write the repository."""
    (root / "web").mkdir(parents=True)
    (root / "tests" / "integration").mkdir(parents=True)
    (root / "tests" / "integration" / "test_it.py").write_text(_ASSERTIONS)
    (root / "checks.toml").write_text("ready-seconds = 60\n\n[secrets]\nkey = 16\n")
    web = {
        "image": "faults/web:1",
        "build": "./web",
        "command": ["busybox", "sh", "-c", _SERVE],
        "healthcheck": {**_HEALTH, "test": ["CMD", "busybox", "wget", "-qO-", "http://127.0.0.1:8080/"]},
        "secrets": ["key"],
        "volumes": ["data:/data"],
        "ports": ["127.0.0.1:8080:8080"],
    }
    client = {
        "image": "tiny:1",
        "command": ["busybox", "sleep", "600"],
        "depends_on": {"web": {"condition": "service_healthy"}},
        "healthcheck": {**_HEALTH, "test": ["CMD", "busybox", "true"]},
        "init": True,
    }
    body = {
        "services": {"web": {**web, "init": True}, "client": client},
        "volumes": {"data": {}},
        "secrets": {"key": {"file": "./secrets/key"}},
    }
    (root / "compose.yaml").write_text(json.dumps(body))


def write(root: Path, stamp: str, *, foreign: bool) -> None:
    """Change what is built; with `foreign` it takes a file from an image that only a registry can give."""
    (root / "web" / "stamp").write_text(f"{stamp}\n")
    copied = f"COPY --from={FOREIGN} /note /note\n" if foreign else ""
    (root / "web" / "Dockerfile").write_text(_DOCKERFILE.format(foreign=copied))
