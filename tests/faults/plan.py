"""Which faults come, when, and what is run afterwards: all of it by the seed, before anything is done."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = (
    "runner SIGKILL",
    "runner SIGTERM",
    "runner SIGINT",
    "runner SIGINT twice",
    "engine SIGKILL",
    "engine SIGSTOP",
    "containerd SIGKILL",
    "container SIGKILL",
    "build killed",
    "network dropped",
    "disk full",
    "clock jumps",
    "registry fails",
)
MAIN_SHARE = 6
"""One fault in so many befalls the whole main job, the others a stack of two containers."""
LASTING = {"engine SIGSTOP": (0.5, 8.0), "network dropped": (1.0, 8.0), "disk full": (1.0, 8.0)}
"""How long, in seconds, the harm lasts that is taken back."""
HANGING_SECONDS = 38.0
"""Longer than the engine may keep silent: one stop in four lasts so long."""


@dataclass(frozen=True)
class Fault:
    """One fault: `moment` is a share of what the job takes undisturbed, `variant` chooses among a kind's ways.

    `seconds` is how long it lasts where it is taken back, `follow` the verb that is run after it.
    """

    number: int
    job: str
    kind: str
    moment: float
    seconds: float
    variant: int
    follow: str


def faults(count: int, seed: int, only: str = "") -> list[Fault]:
    """Return the faults of a run: every kind comes before any comes again, in each job; `only` names one of them."""
    dice = random.Random(seed)  # noqa: S311  a seed, to be repeated
    decks = {job: _deck(random.Random(f"{seed} {job}")) for job in ("small", "main")}  # noqa: S311
    jobs = [only or ("main" if number % MAIN_SHARE == 0 else "small") for number in range(1, count + 1)]
    return [_fault(number, job, next(decks[job]), dice) for number, job in enumerate(jobs, 1)]


def _deck(dice: random.Random) -> Iterator[str]:
    return itertools.chain.from_iterable(dice.sample(KINDS, len(KINDS)) for _ in itertools.count())


def _fault(number: int, job: str, kind: str, dice: random.Random) -> Fault:
    moment, low_high = dice.random(), LASTING.get(kind, (0.0, 0.0))
    seconds, variant, follow = dice.uniform(*low_high), dice.randrange(12), dice.choice(("clean", "build"))
    if kind == "engine SIGSTOP" and variant % 4 == 0:
        seconds = HANGING_SECONDS
    return Fault(number, job, kind, round(moment, 4), round(seconds, 2), variant, follow)
