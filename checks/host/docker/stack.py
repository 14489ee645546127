"""A running stack: started with everything marked as a run's, waited for under one deadline, removed without a rest."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import compose as pure
from checks import readiness
from checks.errors import ChecksError, FailedError, NoEngineError
from checks.host import masks, workers
from checks.host.docker import elsewhere, handed, labels, ports, subnets
from checks.host.docker.compose import Compose
from checks.host.docker.engine import Engine, version
from checks.host.docker.watch import Watch, watched
from checks.host.run import Run
from checks.model import Done, Output

if TYPE_CHECKING:
    from docker import DockerClient

POLL_SECONDS = 0.1
ANSWER_SECONDS = 5.0
"""How long one question to the engine may take while a deadline runs."""
PROJECT = labels.PROJECT
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"


@dataclass(frozen=True)
class Wanted:
    """A stack to start: its compose, the images in place of others, who owns it, and within how many seconds it is ready."""

    compose: Compose
    standins: Mapping[str, str]
    project: str
    owner: str
    seconds: float
    kernel_ports: bool = True
    secrets: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Started:
    """A stack that runs: its project, its resolved compose file, and seconds until each service was ready."""

    project: str
    file: Path
    resolved: Mapping[str, Any]
    ready: Mapping[str, float]


def start(wanted: Wanted, engine: Engine, client: DockerClient, run: Run, out: Output) -> Started:
    """Start a stack and wait until all of it is ready.

    Raises FailedError, with the last lines of whatever failed, as soon as a container ends or turns unhealthy, or when
    the deadline is over. The caller removes it, also then.
    """
    built = {service.name: service.image for service in pure.services(wanted.compose.resolve())}
    resolved = pure.with_images(wanted.compose.resolve(wanted.project), built)
    handed.make_missing(resolved, wanted.secrets, out)
    _refuse_missing_sources(resolved, engine)
    if not wanted.kernel_ports:
        ports.refuse_taken(resolved, client, wanted.project, here=engine.is_here)
    subnets.refuse_taken(resolved, client, wanted.project)
    marks = labels.of_run(run.id, wanted.owner)
    if engine.is_here:
        copies = handed.copies(resolved, wanted.project, wanted.owner, engine, client.info())
    else:
        image = next((wanted.standins.get(image, image) for image in built.values()), "")
        place = elsewhere.Place(client, wanted.project, marks, image)
        elsewhere.refuse_absent(place, resolved, engine.host)
        copies = elsewhere.copies(place, resolved)
    plan = pure.RunPlan(wanted.project, marks, wanted.kernel_ports, copies)
    final = pure.for_run(pure.with_standins(resolved, wanted.standins, {}), plan)
    file = run.work / f"{wanted.project}.json"
    file.write_text(json.dumps(final))
    ready = _up(wanted, file, final, engine)
    return Started(wanted.project, file, final, ready)


def _refuse_missing_sources(resolved: Mapping[str, Any], engine: Engine) -> None:
    for service, source in pure.bind_sources(resolved):
        if engine.is_here and not Path(source).exists():
            raise FailedError(f"{service} mounts {source}, which is not there", "make it, or correct `volumes:`")


@dataclass(frozen=True)
class _Watch:
    """A start that is under way: what compose does, what was there before it, and when it began."""

    wanted: Wanted
    final: Mapping[str, Any]
    client: DockerClient
    future: concurrent.futures.Future[Any]
    before: Sequence[readiness.Container]
    began: float
    engine: Watch


def _up(wanted: Wanted, file: Path, final: Mapping[str, Any], engine: Engine) -> dict[str, float]:
    """Let compose start things while we watch them: it waits for dependencies and would not see another one die."""
    began = time.monotonic()
    with (
        watched(engine.local or engine.host) as asked,
        contextlib.closing(engine.client(ANSWER_SECONDS)) as client,
        workers.pool(1) as pool,
    ):
        before = containers(client, wanted.project)
        words = ("up", "--detach", "--no-build", "--remove-orphans")
        how = {"project": wanted.project, "file": file, "doomed": asked.hung}
        future = pool.submit(wanted.compose.run, *words, timeout=wanted.seconds, **how)  # type: ignore[arg-type]
        return _watch(_Watch(wanted, final, client, future, before, began, asked))


def _watch(watch: _Watch) -> dict[str, float]:
    expected, once = pure.expected(watch.final), pure.run_once(watch.final)
    deadline = watch.began + watch.wanted.seconds
    ready: dict[str, float] = {}
    judged: list[readiness.Judged] = []
    while True:
        watch.engine.refuse("while the stack was started")
        over, begun = time.monotonic() >= deadline, watch.future.done()
        judged = _judged(watch, once, deadline, begun) or judged
        for item in judged:
            if item.state is readiness.State.READY:
                ready.setdefault(item.container.service, round(time.monotonic() - watch.began, 2))
        state = readiness.overall(judged, expected)
        if state is readiness.State.DEAD:
            raise _failure(watch, judged)
        if begun:
            _refuse_failed(watch.future.result(), watch.final)
        if state is readiness.State.READY and begun:
            return ready
        if over:
            raise _late(watch, judged, expected)
        time.sleep(POLL_SECONDS)


def _judged(watch: _Watch, once: frozenset[str], deadline: float, begun: bool) -> list[readiness.Judged]:
    """Return where the containers stand, [] where the engine does not say so in the time that is left."""
    from requests.exceptions import Timeout

    watch.client.api.timeout = max(1, min(int(ANSWER_SECONDS), int(deadline - time.monotonic())))
    try:
        found = containers(watch.client, watch.wanted.project)
    except Timeout:
        return []
    return [readiness.judge(item, once) for item in readiness.since(found, watch.before, begun=begun)]


def _refuse_failed(done: Done, final: Mapping[str, Any]) -> None:
    # One that was ended by the deadline is not what failed: something that it waited for is.
    if not done.ok and not done.timed_out:
        said = [masks.masker(final).text(line) for line in done.last_lines(10)]
        raise FailedError("compose could not start the stack", _advice(" ".join(said)), said)


def _advice(said: str) -> str:
    if "user namespaces" in said:
        return (
            "this engine remaps users: say `userns_mode: host` beside `privileged` or `network_mode: host`,"
            " or set DOCKER_HOST to an engine that does not"
        )
    if "failed to mount local volume" in said:
        return "make the folder that the `device:` of that volume names"
    if "requires API version" in said:
        return "this engine is too old for that: leave it out, or set DOCKER_HOST to a newer one"
    return "look at what it says"


def _failure(watch: _Watch, judged: Sequence[readiness.Judged]) -> FailedError:
    dead = next(item for item in judged if item.state is readiness.State.DEAD)
    name, said = dead.container.service, _last_lines(watch, dead.container.name)
    return FailedError(f"{name} {dead.reason}", "its last words are above" if said else "its log is empty", said)


def _late(watch: _Watch, judged: Sequence[readiness.Judged], expected: frozenset[str]) -> ChecksError:
    late = f"not ready within {watch.wanted.seconds:.0f} s"
    try:
        version(watch.wanted.compose.env["DOCKER_HOST"], ANSWER_SECONDS)
    except NoEngineError as error:
        return NoEngineError(f"{late}, and {error}", error.advice)
    waiting = [item for item in judged if item.state is readiness.State.WAITING]
    missing = sorted(expected - {item.container.service for item in judged})
    words = [f"{item.container.service} ({item.reason})" for item in waiting]
    said = _last_lines(watch, waiting[0].container.name) if waiting else ()
    words += [f"{name} (not started)" for name in missing]
    return FailedError(f"{late}: {', '.join(words)}", "raise ready-seconds, or see its log:", said)


def _last_lines(watch: _Watch, container: str, count: int = 10) -> tuple[str, ...]:
    """Return the last lines that a container printed, without secrets; () where they cannot be had."""
    try:
        said = watch.client.api.logs(container, tail=count, stdout=True, stderr=True)
    except Exception:  # the container is gone, or its log driver keeps nothing: not what failed
        return ()
    text = masks.masker(watch.final).text(said.decode("utf-8", "replace"))
    return tuple(text.splitlines()[-count:])


def containers(client: DockerClient, project: str) -> list[readiness.Container]:
    """Return what the engine says of a project's containers."""
    found = client.api.containers(all=True, filters={"label": [f"{PROJECT}={project}"]})
    return [item for item in (_container(client, entry) for entry in found) if item is not None]


def _container(client: DockerClient, entry: Mapping[str, Any]) -> readiness.Container | None:
    import docker.errors

    try:
        data = client.api.inspect_container(entry["Id"])
    except docker.errors.NotFound:
        return None
    state = data["State"]
    health = state.get("Health") or {}
    log = health.get("Log") or [{}]
    return readiness.Container(
        service=entry["Labels"].get(SERVICE, ""),
        name=data["Name"].lstrip("/"),
        status=state["Status"],
        health=health.get("Status", ""),
        exit_code=state.get("ExitCode", 0),
        restarts=data.get("RestartCount", 0),
        oom_killed=bool(state.get("OOMKilled")),
        detail=str((log[-1] or {}).get("Output", "")).strip()[:300],
        id=str(data["Id"]),
        started=str(state.get("StartedAt", "")),
    )


def remove(client: DockerClient, project: str) -> list[labels.Found]:
    """Remove everything of a project that carries a run's label, verify that it is gone, and return it.

    Raises FailedError where something is still there.
    """
    doomed = [item for item in labels.objects(client) if item.labels.get(PROJECT) == project]
    gone = labels.remove(client, doomed)
    handed.forget([project])
    left = [item for item in labels.objects(client) if item.labels.get(PROJECT) == project]
    if left:
        names = [f"{item.kind} {item.name}" for item in left]
        raise FailedError(f"not all of {project} could be removed", "checks clean", names)
    return gone
