"""The ids of the benchmark's two editions, which checks are manual, and which count towards docker-bench-security's score.

1.8 put 2.7 in and moved the old 2.7 to 2.18 up by one; all other ids are the same. A check is known by its id in 1.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BENCHMARKS = ("1.8", "1.6")

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "1": "Host",
        "2": "Docker daemon",
        "3": "Files of the daemon",
        "4": "Images and build files",
        "5": "Containers at run time",
        "6": "Operations",
        "7": "Swarm",
    }
)

_LAST = {"1.1": 18, "1.2": 2, "2": 19, "3": 24, "4": 12, "5": 32, "6": 2, "7": 9}

IDS = tuple(f"{group}.{number}" for group, last in _LAST.items() for number in range(1, last + 1))
"""All checks, by their ids in 1.8, in the benchmark's order."""

_MANUAL = {
    "1.2": (1, 2),
    "2": (1, 9, 18),
    "4": (2, 3, 4, 7, 8, 9, 10, 11, 12),
    "5": (9, 18, 19, 24, 28, 30),
    "6": (1, 2),
    "7": (4, 6, 7, 8, 9),
}

MANUAL = frozenset(f"{group}.{number}" for group, numbers in _MANUAL.items() for number in numbers)
"""What the benchmark wants a person to judge. (It calls 5.23 automated; docker-bench-security only notes it.)"""

SCORED = (frozenset(IDS) - MANUAL - {"2.7", "5.23"}) | {"5.9"}
"""What docker-bench-security 1.6 counts in its score."""


def id_in(benchmark: str, id_1_8: str) -> str | None:
    """Return a check's id in that edition; None where the edition does not have it."""
    section, _, number = id_1_8.partition(".")
    if benchmark == "1.8" or section != "2" or int(number) < 7:
        return id_1_8
    return None if number == "7" else f"2.{int(number) - 1}"


def is_in(check_id: str, group: str) -> bool:
    """Return whether a check is one of a group, which is named by the beginning of their ids (`1.1`), or is that check."""
    return check_id == group or check_id.startswith(f"{group}.")


def section_of(check_id: str) -> str:
    """Return the section's number, in both editions the first part of the id."""
    return check_id.partition(".")[0]
