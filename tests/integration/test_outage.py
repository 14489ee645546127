"""What is told, kept and found again when parts end: in order, by SIGKILL, one or all of them."""

from __future__ import annotations

import concurrent.futures
import datetime
import functools
import math
import signal
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from checks.host.testing import inside, notes
from checks.testing import Service, Stack, wait_until
from tests.integration import api
from tests.integration.conftest import Person, restoring

PORTS = {"mongo": 27017, "post": 5000, "comment": 9292, "ui": 9292, "monolith": 9292}
ALONE, TOGETHER = ["mongo", "monolith"], ["post", "comment", "ui"]
ORDER = ALONE + TOGETHER
PATHS = ("/", f"/post/{'0' * 24}")
NEEDY = ("post", "comment")
WRITES = 200
TITLES = [f"durable {number}" for number in range(WRITES)]


@pytest.fixture(scope="module")
def answers(stack: Stack) -> Iterator[tuple[int, ...]]:
    """The answers to many writes; the database is killed right after the last one, and is dead in this module's tests.

    Health checks take their time to tell, and meanwhile there is something else to be looked at.
    """
    with restoring(stack):
        found = _write(stack)
        _kill_database(stack)
        yield found


@dataclass(frozen=True)
class Outage:
    """What was seen while the database was dead, and after it was back."""

    exit_code: int
    unhealthy: tuple[str, ...]
    pages: tuple[requests.Response, ...]
    back: tuple[str, ...]
    stored: frozenset[str]


@pytest.fixture(scope="module")
def outage(stack: Stack, answers: tuple[int, ...]) -> Outage:
    """One outage for all that is to be said of it."""
    assert answers
    exit_code = _kill_database(stack)  # once more, where another test has restored it
    with concurrent.futures.ThreadPoolExecutor(len(PATHS)) as pool, requests.Session() as session:
        asked = [pool.submit(session.get, stack["ui"].url(path), timeout=20) for path in PATHS]
        unhealthy = _reached(stack, "unhealthy", 40)
        pages = tuple(page.result() for page in asked)
    ui = ("ui",) if stack["ui"].health == "unhealthy" else ()
    stack["mongo"].start()
    back = _reached(stack, "healthy", 30)
    stored = frozenset(item["title"] for item in api.posts(stack) or ())
    return Outage(exit_code, (*unhealthy, *ui), pages, back, stored)


def _kill_database(stack: Stack) -> int:
    """Kill the database where it runs, and return the exit code that it has now."""
    mongo = stack["mongo"]
    if mongo.inspect()["State"]["Running"]:
        mongo.kill()
    wait_until("the database has ended", lambda: not mongo.inspect()["State"]["Running"])
    return int(mongo.inspect()["State"]["ExitCode"])


def _write(stack: Stack) -> tuple[int, ...]:
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        return tuple(pool.map(functools.partial(api.add_post, stack), TITLES))


def _reached(stack: Stack, health: str, seconds: float) -> tuple[str, ...]:
    """Return which of the services that need the database come to be of this health in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = tuple(name for name in NEEDY if stack[name].health == health)
        if found == NEEDY or time.monotonic() >= deadline:
            return found
        time.sleep(0.1)


def _process(service: Service, word: str) -> inside.Process:
    """Return the first process of the container with this word in its name."""
    found = [process for process in service.family() if word in process.name]
    assert found, f"no {word} in {service.name}"
    return found[0]


def _deaths(service: Service, since: float) -> list[str]:
    """Return the exit codes, as the engine tells them, of every end of a container since a time."""
    wanted = {"container": service.id, "event": "die"}
    found = service.client.api.events(since=int(since), until=math.ceil(time.time()), filters=wanted, decode=True)
    return [event["Actor"]["Attributes"]["exitCode"] for event in found]


@pytest.mark.parametrize(("word", "process"), [("mongod", "mongod"), ("gunicorn", "web")])
def test_a_process_that_dies_takes_the_container_with_it_and_is_named(
    stack: Stack, answers: tuple[int, ...], word: str, process: str
) -> None:
    assert answers  # the database that died just now is not the monolith's
    monolith = stack["monolith"]
    first, since = monolith.inspect()["State"]["StartedAt"], time.time()
    monolith.kill_process(_process(monolith, word))
    wait_until("the engine starts it again", lambda: monolith.inspect()["State"]["StartedAt"] != first, 30)
    log = bytes(monolith.client.api.logs(monolith.id, since=int(since))).decode()
    assert _deaths(monolith, since) == ["1"]
    assert f"{process} died, so the container ends" in log
    assert [line for line in log.splitlines() if '"process died"' in line and f'"process":"{process}"' in line]
    monolith.wait_healthy()


def test_without_the_database_who_needs_it_is_unhealthy_and_nobody_else(outage: Outage) -> None:
    assert outage.unhealthy == NEEDY


@pytest.mark.parametrize(("page", "part"), [(0, "post"), (1, "comment")])
def test_without_the_database_ui_still_serves_and_names_what_is_missing(outage: Outage, page: int, part: str) -> None:
    assert outage.pages[page].status_code == 200
    assert f"The {part} service is not available" in outage.pages[page].text


def test_all_recover_by_themselves_when_the_database_is_back(outage: Outage) -> None:
    assert outage.back == NEEDY


def test_every_acknowledged_write_survives_a_killed_database(outage: Outage, answers: tuple[int, ...]) -> None:
    assert outage.exit_code == 128 + signal.SIGKILL
    assert answers == (200,) * WRITES
    assert [title for title in TITLES if title not in outage.stored] == []


@pytest.fixture
def stopped(restored: Stack, person: Person, member: Person) -> dict[str, float]:
    """Every container stopped, as compose does it: who needs others first; service → seconds that it took."""
    for somebody in (person, member):
        somebody.add_post("Still here")
        somebody.session.close()  # a server that ends waits for clients that keep their connection
    took: dict[str, float] = {}
    with concurrent.futures.ThreadPoolExecutor(len(ORDER)) as pool:
        for names in (["ui", "monolith"], ["post", "comment"], ["mongo"]):
            took |= zip(names, pool.map(lambda name: restored[name].stop(10), names), strict=True)
    return took


def test_all_end_in_order_and_start_again_with_their_data(
    restored: Stack, stopped: dict[str, float], person: Person, member: Person
) -> None:
    codes = {name: restored[name].inspect()["State"]["ExitCode"] for name in ORDER}
    assert codes == dict.fromkeys(ORDER, 0)
    assert [f"{name}: {took:.1f} s" for name, took in stopped.items() if took >= 5] == []
    figures = {name: _seconds_to_answer(restored[name]) for name in ALONE}
    with concurrent.futures.ThreadPoolExecutor(len(TOGETHER)) as pool:
        services = [restored[name] for name in TOGETHER]
        figures |= dict(zip(TOGETHER, pool.map(_seconds_to_answer, services), strict=True))
    # What is to be under 2 s is a figure for the report: how busy the machine is must not decide a test.
    notes.note("seconds_to_first_healthy_answer", figures)
    notes.note("seconds_to_end", {name: round(took, 2) for name, took in stopped.items()})
    for service in restored.services.values():
        service.wait_healthy()
    for somebody in (person, member):
        assert "Still here" in somebody.visit("/").text


def _seconds_to_answer(service: Service) -> float:
    """Start a service and return the seconds from there, as the engine tells, to its first healthy answer."""
    service.start(wait=False)
    wait_until(f"{service.name} answers its health check", lambda: _answers(service), 20, 0.03)
    answered = time.time()
    stamp = service.inspect()["State"]["StartedAt"]
    started = datetime.datetime.fromisoformat(stamp[:19] + "+00:00").timestamp() + float(f"0{stamp[19:].rstrip('Z')}")
    return round(answered - started, 2)


def _answers(service: Service) -> bool:
    address, port = service.at(PORTS[service.name])
    if service.name == "mongo":
        return _takes_writes(address, port)
    try:
        answer = requests.get(f"http://{address}:{port}/healthcheck", timeout=2)
    except (requests.ConnectionError, requests.Timeout):
        return False
    return answer.status_code == 200 and (service.name == "ui" or answer.json()["status"] == 1)


def _takes_writes(address: str, port: int) -> bool:
    """Ask a database what its health check asks: a `hello` over TCP. To run that check itself costs as much as a start."""
    document = b"\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0"
    message = struct.pack("<iiiiib", 21 + len(document), 1, 0, 2013, 0, 0) + document
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            connection.sendall(message)
            return b"isWritablePrimary\0\x01" in connection.recv(65536)
    except OSError:
        return False
