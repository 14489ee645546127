"""Trying the deployment on a host made for it: what is done, in order, and what each step has to show.

A first host has Debian's engine as apt leaves it, and gets a score; site.yml runs twice on it; testinfra asserts over ssh what
the roles promise; the score is taken again; then come the ways in which it can fail, none of which may change the host. The last
of these, a full disk, has a host of its own, whose engine the role installs.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from checks import errors
from checks.errors import ChecksError, FailedError
from checks.host import files, proc
from checks.host.console import Console
from checks.host.docker import compose, engines
from checks.host.docker.engine import Engine
from deploy import authority, bench, endings, machine, playbooks, refusals, registry, wire
from deploy.machine import Host
from deploy.steps import Trial

BUILD_SECONDS = 1800.0
TESTS = "tests/deploy"
TLS_PORT = 2376
PACKAGED = """
cat >/etc/default/docker <<'END'
ulimit() { command ulimit "$@" 2>/dev/null || true; }
END
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install docker.io
for try in $(seq 100); do docker version >/dev/null 2>&1 && exit 0; sleep 0.2; done
exit 1
"""
"""An engine as Debian's package starts it. Its init script ends where limits may not be raised; with this it goes on."""


@dataclass(frozen=True)
class _Setting:
    """What both hosts' trials share."""

    root: Path
    work: Path
    ansible: playbooks.Ansible
    authority: authority.Authority
    engine: Engine
    image: str
    out: Console


def run(root: Path, out: Console) -> int:
    """Do all of it; 0 where everything was shown. What was made for it is gone afterwards, whatever happened."""
    started = time.monotonic()
    engine = engines.need(out)
    if not engine.is_here:
        raise FailedError("the trial pushes its image over loopback, and this engine is elsewhere", "unset DOCKER_HOST")
    image = _image(root, engine, out)
    with tempfile.TemporaryDirectory(prefix="deploy") as name:
        work = Path(name)
        wire.watch(os.getpid(), f"rm -rf --one-file-system -- {name}\n", work / "watcher.log")
        ansible = playbooks.prepare(root, work / "ansible", out)
        setting = _Setting(root, work, ansible, authority.make(work / "authority"), engine, image, out)
        failed = [*_on_first(setting), *_on_small(setting)]
        _guard(failed, partial(endings.show, root, work, out))
    for line in failed:
        out.failure(line)
    out.line(f"{'failed' if failed else 'all of it was shown'} after {time.monotonic() - started:.0f} s")
    return errors.FAILED if failed else errors.OK


def _image(root: Path, engine: Engine, out: Console) -> str:
    """Have the monolith's image on the engine, and return its name."""
    out.step("the monolith's image, as the tree makes it")
    argv = [sys.executable, "-P", "-m", "checks", "build", "monolith", "--root", str(root)]
    done = proc.run(argv, env=engine.env(), timeout=BUILD_SECONDS)
    if not done.ok:
        raise FailedError("the monolith's image could not be built", "checks build monolith", done.last_lines(8))
    resolved = compose.open_project(root, files.load_config(root), engine, out).resolve()
    return str(resolved["services"]["monolith"]["image"])


def _on_first(setting: _Setting) -> list[str]:
    failed: list[str] = []
    with _host(setting, "trial") as (trial, host):
        before = _before(trial, host)
        _guard(failed, partial(_twice, trial, host))
        _guard(failed, partial(_asserted, trial, host, setting.authority))
        _guard(failed, partial(_after, trial, host, before))
        for refusal in refusals.ALL:
            _guard(failed, partial(refusals.show, trial, host, refusal))
    return failed


def _on_small(setting: _Setting) -> list[str]:
    failed: list[str] = []
    with _host(setting, "small", refusals.SMALL_MEBIBYTES) as (trial, host):
        _guard(failed, partial(refusals.only_tried, trial, host))
        _guard(failed, partial(refusals.full_disk, trial, host))
    return failed


@contextlib.contextmanager
def _host(setting: _Setting, label: str, data_mebibytes: int = 0) -> Iterator[tuple[Trial, Host]]:
    """Yield a host, and a trial on it, with the image in a registry that it can pull from."""
    with machine.up(label, os.environ, setting.out, data_mebibytes) as host:
        pair = setting.authority.issue(f"registry-{label}", f"IP:{host.wire.outside}")
        with registry.up(setting.work / f"registry-{label}", host.wire.outside, pair, setting.out) as store:
            variables = _variables(setting, host, store, store.push(setting.engine, setting.image))
            yield Trial(setting.root, setting.work, setting.ansible, variables, setting.out), host


def _guard(failed: list[str], step: Callable[[], None]) -> None:
    """Do a step, and go on where it failed: the others have something to show too."""
    try:
        step()
    except ChecksError as error:
        failed.append("\n    ".join([str(error), *error.details]))


def _variables(setting: _Setting, host: Host, store: registry.Registry, name: str) -> dict[str, Any]:
    pair = setting.authority.issue(f"engine-{host.name}", f"IP:{host.address}")
    return {
        "docker_bench_command": [sys.executable, "-P", "-m", "checks"],
        "docker_bench_trusted_users": [machine.USER],
        "docker_engine_users": [machine.USER],
        "docker_engine_registries": [{"name": store.outer, "ca": str(setting.authority.ca)}],
        "docker_engine_tcp_address": f"tcp://{host.address}:{TLS_PORT}",
        "docker_engine_tls_ca": str(setting.authority.ca),
        "docker_engine_tls_cert": str(pair.cert),
        "docker_engine_tls_key": str(pair.key),
        "reddit_monolith_docker_image": name,
        "reddit_monolith_docker_tag": setting.image.rpartition(":")[2],
    }


def _before(trial: Trial, host: Host) -> bench.Score:
    trial.out.step("an engine as Debian's package leaves it, and its score")
    host.must(PACKAGED)
    score = bench.take(host, trial.work)
    trial.out.line(f"before: {score}")
    return score


def _twice(trial: Trial, host: Host) -> None:
    inventory = trial.inventory(host)
    first = trial.play("site", inventory)
    trial.must(first, host, "the first run")
    second = trial.play("site", inventory)
    recap = trial.must(second, host, "the second run")
    if recap.changed:
        raise FailedError(f"the second run of site.yml changed {recap.changed} things", "", trial.changes(second))
    tried = trial.must(trial.play("site", inventory, "--check"), host, "a run that only tries")
    if tried.changed:
        raise FailedError(f"--check would change {tried.changed} things after the second run", "")


def _asserted(trial: Trial, host: Host, made: authority.Authority) -> None:
    trial.out.step("testinfra, over ssh")
    client = made.issue("client")
    report = trial.root.absolute() / "reports/junit/deploy.xml"
    facts = {
        "DEPLOY_ADDRESS": host.address,
        "DEPLOY_IMAGE": f"{trial.variables['reddit_monolith_docker_image']}:{trial.variables['reddit_monolith_docker_tag']}",
        "DEPLOY_CA": str(made.ca),
        "DEPLOY_CERT": str(client.cert),
        "DEPLOY_KEY": str(client.key),
        "DEPLOY_REGISTRY": str(trial.variables["docker_engine_registries"][0]["name"]),
    }
    reach = [f"--hosts=ssh://{host.name}", f"--ssh-config={host.config}", "--sudo", f"--junitxml={report}"]
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS, *reach]
    done = proc.run(argv, cwd=trial.root, env={**os.environ, **facts}, timeout=600)
    trial.out.line(done.out.strip().splitlines()[-1] if done.out.strip() else "pytest said nothing")
    if not done.ok:
        raise FailedError("testinfra's assertions do not hold", "", done.out.splitlines()[-40:])


def _after(trial: Trial, host: Host, before: bench.Score) -> None:
    after = bench.take(host, trial.work)
    trial.out.line(f"before: {before}; after: {after}")
    trial.out.line(f"  {bench.compared(before, after)}")
    for name, title in after.failing.items():
        trial.out.line(f"  {name} {title}: {bench.REASONS.get(name, 'no reason is known')}")
    for name, title in after.unread.items():
        trial.out.line(f"  {name} {title}: could not be judged")
    if after.value <= before.value:
        raise FailedError(f"the score does not rise: {before.value} before, {after.value} after")
    unknown = bench.unexplained(after.failing)
    if unknown:
        raise FailedError(f"these checks fail, and no reason is known: {' '.join(unknown)}")
