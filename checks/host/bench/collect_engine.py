"""What the engine's API says, asked in as few turns as possible: one inspect for each object, all of them at once.

Objects come and go meanwhile. What is new is looked at, too; what went away is named, and nothing waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.cis import inspected
from checks.cis.facts import UP, Container, Exec, Image, Process
from checks.cis.loose import table, tables, text
from checks.cis.unknown import Unknown
from checks.errors import NoEngineError
from checks.host.bench.probing import Prober, settled

ROUNDS = 3
"""How often new containers are looked for: a host that starts one after the other must not keep us for ever."""
_LISTS = ("/version", "/info", "/images/json", "/networks", "/volumes")
_ALL = "/containers/json?all=1"
_TOP = "/containers/{}/top?ps_args=-eo%20pid%2Ccomm"


@dataclass
class Objects:
    """The engine's answers, as JSON; Unknown where it refuses one. containers and images by id: what `inspect` says."""

    version: Any = None
    info: Any = None
    networks: Any = None
    volumes: Any = None
    listed: Any = None
    containers: dict[str, Any] = field(default_factory=dict)
    images: dict[str, tuple[Any, Any]] | Unknown = field(default_factory=dict)
    swarm: tuple[Any, Any, Any] = (Unknown("not asked"),) * 3
    vanished: list[str] = field(default_factory=list)


def get(prober: Prober, paths: Sequence[str]) -> list[Any]:
    """Return the JSON of each answer; None for what is not there (any more), Unknown for what the engine refuses.

    Raises NoEngineError where it does not answer at all.
    """
    if not paths:
        return []
    answers = settled(prober.ask(["get", list(paths)])[0])
    if isinstance(answers, Unknown):
        raise NoEngineError(
            f"the engine of {prober.target} does not answer ({answers.reason})",
            "start it, or name another: checks doctor",
        )
    return [_read(path, status, body) for path, (status, body) in zip(paths, answers, strict=True)]


def _read(path: str, status: int, body: str) -> Any:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return Unknown(f"the engine's answer to {path} is no JSON (HTTP {status})")
    if status == 200:
        return data
    if status in (404, 409):  # it is gone; it does not run
        return None
    said = text(table(data).get("message")).splitlines()
    return Unknown(f"the engine refuses {path.partition('?')[0]}: {(said or [f'HTTP {status}'])[0][:200]}")


def objects(prober: Prober) -> Objects:
    """Return everything that the engine's API says, but what runs in containers."""
    version, info, images, networks, volumes, listed = get(prober, (*_LISTS, _ALL))
    if not isinstance(info, dict):
        why = info.reason if isinstance(info, Unknown) else "it has no /info"
        raise NoEngineError(f"what answers for {prober.target} is no Docker engine ({why})", "checks doctor")
    found = Objects(version, info, networks, volumes, listed)
    _inspect(prober, found, tables(listed), [] if isinstance(images, Unknown) else tables(images))
    if isinstance(images, Unknown):
        found.images = images
    for _ in range(ROUNDS):
        again = get(prober, [_ALL])[0]
        new = [one for one in tables(again) if text(one.get("Id")) not in found.containers]
        if isinstance(again, list):
            _note_changes(found, tables(again))
        if not new:
            break
        _inspect(prober, found, new, [])
    return found


def _inspect(
    prober: Prober, found: Objects, containers: Sequence[Mapping[str, Any]], images: Sequence[Mapping[str, Any]]
) -> None:
    ids = [text(one.get("Id")) for one in containers]
    image_ids = list(dict.fromkeys(text(one.get("Id")) for one in images))
    paths = [f"/containers/{one}/json" for one in ids]
    paths += [f"/images/{one}/{what}" for one in image_ids for what in ("json", "history")]
    answers = get(prober, paths)
    for one, answer in zip(containers, answers, strict=False):
        if answer is None or (isinstance(answer, Unknown) and one.get("State") in ("dead", "removing")):
            found.vanished.append(f"container {_name(one)}")
        else:
            found.containers[text(one.get("Id"))] = answer
    told = answers[len(ids) :]
    for one, data, past in zip(images, told[::2], told[1::2], strict=False):
        if data is None or past is None:
            found.vanished.append(f"image {_tag(one)}")
        elif isinstance(found.images, dict):
            found.images[text(one.get("Id"))] = (data, past)


def _name(listed: Mapping[str, Any]) -> str:
    names = [name for name in listed.get("Names") or () if isinstance(name, str)]
    return names[0].lstrip("/") if names else text(listed.get("Id"))[:12]


def _tag(listed: Mapping[str, Any]) -> str:
    tags = [tag for tag in listed.get("RepoTags") or () if isinstance(tag, str)]
    return tags[0] if tags else text(listed.get("Id")).removeprefix("sha256:")[:12]


def _note_changes(found: Objects, now: Iterable[Mapping[str, Any]]) -> None:
    """Note the containers that are gone, or in another state, since they were inspected."""
    states = {text(one.get("Id")): text(one.get("State")) for one in now}
    for identifier, data in found.containers.items():
        name = text(table(data).get("Name")).lstrip("/") or identifier[:12]
        before = text(table(table(data).get("State")).get("Status"))
        if identifier not in states:
            said = f"container {name} (after it was looked at)"
        elif states[identifier] != before:
            said = f"container {name} ({before}, then {states[identifier]})"
        else:
            continue
        if said not in found.vanished:
            found.vanished.append(said)


def containers(
    prober: Prober, found: Objects, inside: Mapping[str, tuple[Process, ...]]
) -> tuple[Container, ...] | Unknown:
    """Return the containers; `inside` are processes by container, as the machine's own /proc shows them."""
    if isinstance(found.listed, Unknown):
        return found.listed
    refused = next((data for data in found.containers.values() if isinstance(data, Unknown)), None)
    if refused is not None:  # a container of which nothing is known must not be passed over
        return refused
    bound, known = inspected.bound_volumes(found.volumes), found.containers
    running = [one for one, data in known.items() if text(table(table(data).get("State")).get("Status")) in UP]
    processes = {**_top(prober, [one for one in running if one not in inside]), **inside}
    commands = _execs(prober, {one: inspected.exec_ids(known[one]) for one in running}, known)
    return tuple(
        inspected.container(data, bound, processes.get(one, ()), commands.get(one, ())) for one, data in known.items()
    )


def _top(prober: Prober, ids: Sequence[str]) -> dict[str, tuple[Process, ...] | Unknown]:
    """Return what the engine's `top` says: names of programs; uids there are those of the engine's machine."""
    answers = get(prober, [_TOP.format(one) for one in ids])
    return {one: _processes(answer) for one, answer in zip(ids, answers, strict=True)}


def _processes(answer: Any) -> tuple[Process, ...] | Unknown:
    if isinstance(answer, Unknown):
        return answer
    if answer is None:
        return Unknown("it stopped while it was looked at")
    rows = [[text(word) for word in row] for row in table(answer).get("Processes") or () if isinstance(row, list)]
    return tuple(Process(row[-1]) for row in rows if row)


def _execs(
    prober: Prober, ids: Mapping[str, Sequence[str]], inspects: Mapping[str, Any]
) -> dict[str, tuple[Exec, ...] | Unknown]:
    wanted = [(container, one) for container, some in ids.items() for one in some]
    answers = get(prober, [f"/exec/{one}/json" for _, one in wanted])
    by: dict[str, list[Any]] = {}
    for (container, _), answer in zip(wanted, answers, strict=True):
        if answer is not None:  # None: it ended meanwhile
            by.setdefault(container, []).append(answer)
    return {container: _running(some, inspects[container]) for container, some in by.items()}


def _running(answers: Sequence[Any], inspect: Any) -> tuple[Exec, ...] | Unknown:
    refused = next((one for one in answers if isinstance(one, Unknown)), None)
    return inspected.execs(answers, inspect) if refused is None else refused


def images(found: Objects) -> tuple[Image, ...] | Unknown:
    """Return the images."""
    if isinstance(found.images, Unknown):
        return found.images
    refused = next((data for data, _ in found.images.values() if isinstance(data, Unknown)), None)
    return refused or tuple(inspected.image(data, past) for data, past in found.images.values())
