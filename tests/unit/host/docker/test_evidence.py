"""What is kept of a failure: all that can be had, without secrets, in bounded time, also where the engine says nothing."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.errors import FailedError, UsageError
from checks.host import run as runs
from checks.host.docker import evidence
from checks.host.docker.engine import Engine

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----"


class Quiet:
    """Where nothing is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, text: str) -> None:
        self.lines.append(text)

    def line(self, text: str, style: str = "") -> None:
        del style
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[runs.Run]:
    with runs.begin(tmp_path, {}) as begun:
        yield begun


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Engine]:
    """An engine that takes connections and never says a word."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen(64)
        yield Engine("system", f"unix://{tmp_path}/s", "28.0")


def keep(run: runs.Run, engine: Engine, error: BaseException, **resolved: Any) -> str:
    """Keep evidence and return all of it as one text."""
    (run.work / evidence.RESOLVED).write_text(json.dumps(resolved))
    folder = evidence.keep(evidence.Case("up", run, engine, "p"), error)
    return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_needs_no_engine_is_kept_where_it_hangs(run: runs.Run, silent: Engine) -> None:
    (run.reports / "build").mkdir(parents=True)
    (run.reports / "build/web.log").write_text("#5 1.2 it is on fire\n")
    started = time.monotonic()
    said = keep(run, silent, FailedError("no", "do this", ["last line"]), services={"web": {"image": "web"}})
    assert time.monotonic() - started < evidence.SECONDS + 2
    for wanted in (
        "== compose.json",
        "== versions.json",
        "== web.log",
        "it is on fire",
        "no\ndo this\nlast line",
        '"28.0"',
    ):
        assert wanted in said
    assert "not kept: what the engine knows: it does not answer" in said


def test_an_engine_that_drips_does_not_hold_it_up(
    run: runs.Run, silent: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "SECONDS", 0.5)
    monkeypatch.setattr(evidence, "ANSWER_SECONDS", 5)
    started = time.monotonic()
    said = keep(run, silent, FailedError("no"))
    assert time.monotonic() - started < 2
    assert "not kept: what the engine had not told within 0.5 s" in said


def test_no_secret_is_kept(run: runs.Run, silent: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password.txt").write_text("correct horse battery\n")
    (tmp_path / "tls_key.pem").write_text(PEM)
    monkeypatch.setenv("DEPLOY_TOKEN", "tok-of-the-host-1")
    (run.reports / "build").mkdir(parents=True)
    log = f"DB is hunter22 and correct horse battery\ntok-of-the-host-1\n{PEM}\nhttps://me:let-me-in@pypi.corp/simple\n"
    (run.reports / "build/web.log").write_text(log + "postgres is ready\n" + "x" * 3999 + " hunter22\n")
    said = keep(
        run,
        silent,
        FailedError("it said hunter22", "", ["and tok-of-the-host-1", "API_TOKEN=abcdefgh"]),
        services={
            "postgres": {
                "image": "postgres:16",
                "environment": {
                    "DB_PASSWORD": "hunter22",
                    "DB_USER": "app",
                    "PASS": "postgres",
                    "KEY_FILE": "/run/key",
                },
                "build": {"args": {"NPM_TOKEN": "npm-secret-1"}},
                "volumes": [{"type": "bind", "source": str(tmp_path / "tls_key.pem"), "target": "/k"}],
            }
        },
        secrets={"db": {"file": str(tmp_path / "password.txt")}},
        configs={"c": {"content": "password: given-inline"}},
    )
    for secret in (
        "hunter22",
        "correct horse",
        "tok-of-the-host-1",
        "MIIEvQ",
        "EFAASC",
        "let-me-in",
        "npm-secret-1",
        "given-inline",
    ):
        assert secret not in said, said
    assert "abcdefgh" not in said
    assert "postgres is ready" in said  # a password that is also the service's name hides nothing else
    assert '"DB_USER": "app"' in said
    assert '"KEY_FILE": "/run/key"' in said
    assert "https://me:***@pypi.corp" in said


@pytest.mark.parametrize("error", [FailedError("x"), KeyError("bug"), KeyboardInterrupt()])
def test_whatever_ends_the_block_is_kept_and_goes_on(run: runs.Run, error: BaseException) -> None:
    out = Quiet()
    case = evidence.Case("integration", run, Engine("system", "unix:///nonexistent", ""), "p")
    with pytest.raises(type(error)), evidence.kept(case, out):
        raise error
    assert out.lines == [f"evidence is kept in {case.folder}"]
    assert (case.folder / "failure.txt").is_file()


def test_nothing_is_kept_of_what_was_asked_for_wrongly(run: runs.Run) -> None:
    out = Quiet()
    case = evidence.Case("integration", run, Engine("system", "unix:///nonexistent", ""), "p")
    with pytest.raises(UsageError), evidence.kept(case, out):
        raise UsageError("no compose file")
    assert (out.lines, case.folder.exists()) == ([], False)


def test_nothing_is_kept_of_what_went_well(run: runs.Run, silent: Engine) -> None:
    case = evidence.Case("integration", run, silent, "p")
    with evidence.kept(case, Quiet()):
        pass
    assert not case.folder.exists()


def test_build_output_of_a_run_before_is_not_this_run_s(
    run: runs.Run, silent: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.reports / "build").mkdir(parents=True)
    (run.reports / "build/old.log").write_text("old\n")
    os.utime(run.reports / "build/old.log", (1, 1))
    monkeypatch.setattr(evidence, "SECONDS", 0.1)
    assert "old.log" not in keep(run, silent, FailedError("x"))


def test_evidence_that_cannot_be_written_hides_no_failure(
    run: runs.Run, silent: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "SECONDS", 0.1)
    run.reports.parent.mkdir(exist_ok=True)
    run.reports.write_text("a file where a folder should be")
    case = evidence.Case("up", run, silent, "p")
    with pytest.raises(FailedError, match="the failure"), evidence.kept(case, Quiet()):
        raise FailedError("the failure")
