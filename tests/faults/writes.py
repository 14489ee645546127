"""Acknowledged writes under random kills: what a service said is stored must be there when everything runs again.

People write to post, comment, ui and the monolith, all at once, while a seeded hand kills (SIGKILL), ends (SIGTERM) or
freezes (SIGSTOP) the database and the services at random moments and starts again what ended. In the end every
acknowledged post and comment must be in the database, once, and every acknowledged vote be counted.

    python tests/faults/writes.py --writes 10000 --seed 7
"""

from __future__ import annotations

import argparse
import random
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

from people import Person
from processes import (
    KEY,
    Mongod,
    Process,
    Service,
    Together,
    comment_settings,
    post_settings,
    ui_settings,
    until,
)

PEOPLE = 8
PAUSE_SECONDS = (0.3, 1.5)
FROZEN_SECONDS = 2.5
"""Longer than anybody waits for a database."""
LIMIT_SECONDS = 1800.0
ID = "c" * 24


@dataclass
class Told:
    """What people were told: the titles and bodies that are said to be stored, votes, and every status by service."""

    titles: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    votes: int = 0
    unsure: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged."""
        return len(self.titles) + len(self.bodies) + len(self.own) + self.votes


@dataclass(frozen=True)
class Outcome:
    """What a run came to: writes that were acknowledged, those of them that are lost or stored twice, what was done."""

    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    statuses: Counter[str]
    faults: Counter[str]
    seconds: float

    @property
    def errors(self) -> list[str]:
        """Answers that no fault of somebody else's excuses."""
        return sorted(name for name in self.statuses if name.endswith(" 500"))

    @property
    def ok(self) -> bool:
        """Whether the promise held."""
        return not (self.lost or self.doubled or self.errors)


class Machines:
    """The database, the three services and the monolith, as processes."""

    def __init__(self, folder: Path) -> None:
        (folder / "key").write_text(KEY)
        self.mongod = Mongod(folder / "mongod")
        self.post = Service("post", folder, **post_settings(self.mongod.port))
        self.comment = Service("comment", folder, **comment_settings(self.mongod.port))
        self.ui = Service("ui", folder, **ui_settings(folder, self.post.port, self.comment.port))
        self.monolith = Together(folder / "monolith", folder / "key")
        self.all: dict[str, Process] = {
            "mongod": self.mongod,
            "post": self.post,
            "comment": self.comment,
            "ui": self.ui,
            "monolith": self.monolith,
        }

    def ready(self) -> None:
        """Start what has ended, and wait until all of it is well."""
        for process in self.all.values():
            restart(process)
        self.mongod.ready()
        for service in (self.post, self.comment, self.ui, self.monolith):
            until(lambda service=service: well(service), f"{service.name} to be well", 60)  # type: ignore[misc]


def restart(process: Process) -> None:
    """Start a process again where it has ended; what it started and left behind is ended first."""
    if process.popen is None or process.child.poll() is not None:
        process.kill_group()
        process.start()


def well(service: Service) -> bool:
    """Tell whether a service answers, and says that it is well."""
    try:
        return service.healthy()
    except (urllib3.exceptions.HTTPError, ValueError):
        return False


def run(count: int, seed: int, folder: Path) -> Outcome:
    """Let people write until `count` writes are acknowledged, under faults; return what is left of them."""
    began = time.monotonic()
    machines, told, over = Machines(folder), Told(), threading.Event()
    with ended(machines):
        machines.ready()
        machines.post.post("/add_post", title="to be voted on", link="https://example.org/")
        voted = machines.post.get("/posts").json()[0]["_id"]["$oid"]
        lock = threading.Lock()
        enough, dice = began + LIMIT_SECONDS, random.Random(seed)  # noqa: S311  a seed, to be repeated
        with ThreadPoolExecutor(PEOPLE) as people:
            work = [people.submit(_write, machines, told, lock, over, f"{seed}-{who}", voted) for who in range(PEOPLE)]
            faults = _torment(machines, dice, lambda: told.acknowledged >= count or time.monotonic() > enough)
            machines.ready()
            over.set()
            for each in work:
                each.result()
        machines.ready()
        lost, doubled = _missing(machines, told, voted)
    return Outcome(told.acknowledged, lost, doubled, told.statuses, faults, time.monotonic() - began)


@contextmanager
def ended(machines: Machines) -> Iterator[None]:
    """End everything however the block is left."""
    try:
        yield
    finally:
        for process in reversed(machines.all.values()):
            process.kill()
            process.kill_group()


def _torment(machines: Machines, dice: random.Random, over: Callable[[], bool]) -> Counter[str]:
    """Kill, end or freeze one after the other at random until it is over; return how often what was done to whom."""
    done: Counter[str] = Counter()
    while not over():
        time.sleep(dice.uniform(*PAUSE_SECONDS))
        name = dice.choice(("mongod", "mongod", "post", "comment", "ui", "monolith"))
        how = dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP))
        process = machines.all[name]
        if isinstance(process, Together):
            _torment_a_part(process, dice, how)
        else:
            _do(process, how)
        done[f"{how.name} {name}"] += 1
        restart(process)
    return done


def _do(process: Process, how: signal.Signals) -> None:
    process.signal_group(how)
    if how is signal.SIGSTOP:
        time.sleep(FROZEN_SECONDS)
        process.signal_group(signal.SIGCONT)
    else:
        process.child.wait(10)


def _torment_a_part(monolith: Together, dice: random.Random, how: signal.Signals) -> None:
    part = dice.choice(("web", "mongod"))
    try:
        if how is signal.SIGKILL:
            monolith.signal_part(part, how)
            monolith.child.wait(15)
        else:
            _do(monolith, how)
    except (StopIteration, FileNotFoundError):  # it had not started that part yet
        monolith.kill_group()
        monolith.child.wait(10)


def _write(machines: Machines, told: Told, lock: threading.Lock, over: threading.Event, name: str, voted: str) -> None:
    """Be one of the people: write to one service after the other, and remember what was said."""
    dice = random.Random(name)  # noqa: S311  a seed, to be repeated
    while not over.is_set():
        what = dice.choice((_add_post, _add_post, _add_comment, _vote, _through_ui, _to_monolith))
        mark = f"{name} {secrets.token_hex(8)}"
        try:
            service, status, kind = what(machines, mark, voted)
        except (urllib3.exceptions.HTTPError, AssertionError, OSError, ValueError):
            status, service, kind = 0, what.__name__, "unsure" if what is _vote else ""
            time.sleep(0.05)
        with lock:
            told.statuses[f"{service} {status}"] += 1
            if kind == "votes":
                told.votes += 1
            elif kind == "unsure":
                told.unsure += 1
            elif kind:
                getattr(told, kind).add(mark)


Answered = tuple[str, int, str]


def _add_post(machines: Machines, mark: str, _voted: str) -> Answered:
    status = machines.post.post("/add_post", title=mark, link="https://example.org/").status
    return "post", status, "titles" if status == 200 else ""


def _add_comment(machines: Machines, mark: str, _voted: str) -> Answered:
    status = machines.comment.post("/add_comment", post_id=ID, body=mark).status
    return "comment", status, "bodies" if status == 200 else ""


def _vote(machines: Machines, _mark: str, voted: str) -> Answered:
    status = machines.post.post("/vote", id=voted, type="1").status
    return "vote", status, "votes" if status == 200 else "unsure"


def _through_ui(machines: Machines, mark: str, _voted: str) -> Answered:
    return _send("ui", machines.ui, mark, "titles")


def _to_monolith(machines: Machines, mark: str, _voted: str) -> Answered:
    return _send("monolith", machines.monolith, mark, "own")


def _send(name: str, site: Service, mark: str, kind: str) -> Answered:
    person = Person(site)
    page = person.visit("/new")
    if page.status != 200:
        return name, page.status, ""
    answer = person.send("/new", title=mark, link="https://example.org/")
    stored = answer.status == 303 and answer.headers["Location"] == "/"
    return name, answer.status, kind if stored else ""


def _missing(machines: Machines, told: Told, voted: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what was acknowledged and is not in the databases, and what is there more than once."""
    with machines.mongod.client() as shared, machines.monolith.database.client() as own:
        kept = (
            (told.titles, [item["title"] for item in shared["users_post"]["posts"].find()]),
            (told.bodies, [item["body"] for item in shared["comments"]["comments"].find()]),
            (told.own, [item["title"] for item in own["reddit"]["posts"].find()]),
        )
    votes = machines.post.get(f"/post/{voted}").json()["votes"]
    lost = [mark for wanted, found in kept for mark in wanted - set(found)]
    doubled = [mark for _, found in kept for mark, times in Counter(found).items() if times > 1]
    if not told.votes <= votes <= told.votes + told.unsure:
        lost.append(f"{told.votes} votes acknowledged, {told.unsure} unsure, {votes} counted")
    return tuple(lost), tuple(doubled)


def say(outcome: Outcome, seed: int) -> str:
    """Return a run in words."""
    faults = ", ".join(f"{name} {times}" for name, times in sorted(outcome.faults.items()))
    answers = ", ".join(f"{name}: {times}" for name, times in sorted(outcome.statuses.items()))
    return (
        f"seed {seed}: {outcome.acknowledged} acknowledged writes under {sum(outcome.faults.values())} faults in "
        f"{outcome.seconds:.0f} s: {len(outcome.lost)} lost, {len(outcome.doubled)} stored twice, "
        f"{len(outcome.errors)} kinds of 500\n  faults: {faults}\n  answers (0: none): {answers}"
        + "".join(f"\n  lost: {mark}" for mark in outcome.lost[:20])
    )


def main(argv: Sequence[str]) -> int:
    """Run it from the command line; 0 where the promise held."""
    parser = argparse.ArgumentParser(description="Acknowledged writes under random kills.")
    parser.add_argument("--writes", type=int, default=10_000, help="how many are to be acknowledged")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="checks-writes-") as name:
        outcome = run(given.writes, given.seed, Path(name))
    print(say(outcome, given.seed))
    return int(not outcome.ok or outcome.acknowledged < given.writes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
