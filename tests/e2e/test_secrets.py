"""What belongs to the machine and to nobody else is in no image, no log, no report, and in nothing that is said."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.host.images import imagetar
from tests.e2e.conftest import World

CA_BODY = base64.b64encode(b"the authority of this machine " * 12).decode()
CANARIES = {
    "the CA bundle": CA_BODY[64:128],
    "the index's password": "canary-pip-5e1f",
    "the proxy's password": "canary-proxy-77aa",
    "a token of the environment": "canary-token-09cc",
    "a secret file": "canary-file-41d0",
    "a password of a service": "canary-env-be55",
    "a key": base64.b64encode(b"the private key of a service " * 8).decode()[64:128],
}
KEY = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"
DOCKERFILE = """\
FROM tiny:1
ARG WHAT=ever
RUN --mount=type=secret,id=ca --mount=type=secret,id=pip --mount=type=secret,id=apt \\
    busybox cat /run/secrets/ca; busybox cat /run/secrets/pip; busybox echo "$http_proxy $HTTPS_PROXY"; busybox echo done
{last}
"""
SCRIPT = "cat /run/secrets/key; cat /run/secrets/word; echo the password is $DB_PASSWORD; env; sleep 1; exit 3"


def lines(text: str) -> str:
    """Wrap what is in a PEM file as such files are."""
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a repository whose build and container print all that they are handed."""
    place = tmp_path / "repository"
    (place / "tests/integration").mkdir(parents=True)
    (place / "tests/integration/test_it.py").write_text("def test_it(stack):\n    assert stack.resolved == {}\n")
    key = base64.b64encode(b"the private key of a service " * 8).decode()
    (place / "tls.pem").write_text(KEY.format(lines(key)))
    (place / "word").write_text(CANARIES["a secret file"] + "\n")
    (tmp_path / "ca.pem").write_text(KEY.replace("PRIVATE KEY", "CERTIFICATE").format(lines(CA_BODY)))
    return place


def write(root: Path, last: str, script: str) -> None:
    service = {
        "image": "e2e/secrets:1",
        "build": ".",
        "command": ["busybox", "sh", "-c", script.replace("$", "$$")],
        "environment": {"DB_PASSWORD": CANARIES["a password of a service"], "PATH": "/bin"},
        "secrets": ["key", "word"],
        "healthcheck": {"test": ["CMD", "busybox", str("600" in script).lower()], "interval": "1s", "retries": 99},
    }
    secrets = {"key": {"file": "./tls.pem"}, "word": {"file": "./word"}}
    (root / "compose.yaml").write_text(json.dumps({"services": {"web": service}, "secrets": secrets}))
    (root / "Dockerfile").write_text(DOCKERFILE.format(last=last))


def environment(root: Path) -> dict[str, str]:
    password, index = CANARIES["the proxy's password"], CANARIES["the index's password"]
    return {
        "SSL_CERT_FILE": str(root.parent / "ca.pem"),
        "PIP_INDEX_URL": f"http://me:{index}@127.0.0.1:9/simple",
        "http_proxy": f"http://me:{password}@127.0.0.1:9",
        "https_proxy": f"http://me:{password}@127.0.0.1:9",
        "DEPLOY_TOKEN": CANARIES["a token of the environment"],
        "CHECKS_OFFLINE": "1",
    }


def shown(text: str) -> list[str]:
    """Return which canaries a text shows."""
    return [name for name, value in CANARIES.items() if value in text]


def written(root: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((root / "reports").rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix(), shown(path.read_text(encoding="utf-8", errors="replace"))


def layers(world: World, image: str) -> Iterator[str]:
    """Yield every file of an image's layers, its configuration and its history, as text."""
    with contextlib.closing(world.engine.client()) as client:
        facts = [client.api.inspect_image(image), client.api.history(image)]  # type: ignore[no-untyped-call]
        yield json.dumps(facts)
        data = io.BytesIO(b"".join(client.images.get(image).save()))
    with tarfile.open(fileobj=data) as outer:
        for member in outer.getmembers():
            file = outer.extractfile(member)
            if file is not None and (b"\0ustar" in (content := file.read())[:300] or member.size < 1 << 20):
                yield content.decode("latin-1")


def test_nothing_of_the_machine_is_kept_or_said(engine_world: World, root: Path, tiny: imagetar.Archive) -> None:
    engine_world.load(tiny)
    assert engine_world.checks("tools", timeout=600).ok  # by the index that there is
    env = environment(root)
    write(root, "RUN busybox false", SCRIPT)
    failed = engine_world.checks("build", "--root", str(root), env=env, timeout=180)
    assert failed.code == 1, failed.err
    log = (root / "reports/build/web.log").read_text()
    assert "done" in log
    assert "BEGIN CERTIFICATE-----***" in log, log
    assert (root / "reports/evidence/build/build/web.log").is_file()
    assert [*shown(failed.out + failed.err), *(entry for entry in written(root) if entry[1])] == []

    write(root, "RUN busybox true", SCRIPT)
    ended = engine_world.checks("up", "--root", str(root), env=env, timeout=180)
    assert ended.code == 1, ended.err
    assert "web ended with exit code 3" in ended.err
    assert "the password is ***" in (root / "reports/evidence/up/web.log").read_text()
    assert [*shown(ended.out + ended.err), *(entry for entry in written(root) if entry[1])] == []
    assert [shown(text) for text in layers(engine_world, "e2e/secrets:1") if shown(text)] == []

    write(root, "RUN busybox true", SCRIPT.replace("exit 3", "sleep 600"))
    wrong = engine_world.checks("verify", "--root", str(root), env=env, timeout=180)
    assert wrong.code == 1, wrong.err
    assert "test_it" in wrong.out
    assert [*shown(wrong.out + wrong.err), *(entry for entry in written(root) if entry[1])] == []
    kept = {path.name for path in (root / "reports/evidence/integration").iterdir()}
    assert {"web.log", "web.inspect.json", "compose.json", "events.json", "versions.json", "failure.txt"} <= kept


def test_the_search_finds_what_it_is_for(engine_world: World, root: Path, tiny: imagetar.Archive) -> None:
    engine_world.load(tiny)
    assert engine_world.checks("tools", timeout=600).ok  # by the index that there is
    (root / "reports").mkdir()
    (root / "reports/x").write_text(f"a {CANARIES['a key']} b")
    assert list(written(root)) == [("reports/x", ["a key"])]
    write(root, "COPY word /word", "sleep 1")
    done = engine_world.checks("build", "--root", str(root), env=environment(root), timeout=180)
    assert done.code == 0, done.err
    assert ["a secret file"] in [shown(text) for text in layers(engine_world, "e2e/secrets:1")]
