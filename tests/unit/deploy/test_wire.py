"""The wire to a trial's host: which addresses, and the script that takes everything away."""

from __future__ import annotations

import ipaddress
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import FailedError
from deploy import wire

MADE = wire.Wire("dep1", "10.214.0.4/30", "10.214.0.5", "10.214.0.6")
SUBNETS = st.integers(0, 2**14 - 1).map(lambda number: f"10.214.{number >> 6}.{(number & 63) << 2}/30")


@given(st.lists(SUBNETS, max_size=40), st.integers())
def test_a_wire_takes_addresses_that_no_route_covers(taken: list[str], seed: int) -> None:
    found = wire.free(["default", "192.0.2.0/24", *taken], random.Random(seed))  # noqa: S311
    assert found.subnet_of(wire.POOL)
    assert found.num_addresses == 4
    assert not any(found.overlaps(ipaddress.IPv4Network(other)) for other in taken)


def test_a_route_to_a_single_host_counts_too() -> None:
    last = ipaddress.IPv4Network("10.214.77.8/30")
    others = [str(net) for net in wire.POOL.address_exclude(last)]
    assert wire.free(others) == last
    with pytest.raises(FailedError, match="no addresses are free"):
        wire.free([*others, "10.214.77.9"])


def test_all_addresses_taken_is_said() -> None:
    with pytest.raises(FailedError, match="no addresses are free"):
        wire.free(["10.0.0.0/8"])


def test_the_removal_names_every_rule_that_was_made() -> None:
    text = wire.removal(MADE, Path("/nowhere/x"))
    for table, *rule in MADE.rules:
        shown = " ".join(f"'{word}'" if word == "!" else word for word in rule)
        assert f"iptables -w 10 -t {table} -D {shown} 2>/dev/null" in text


def test_the_removal_removes_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    folder, beside = tmp_path / "a folder; with $(words)", tmp_path / "a"
    for one in (folder, beside):
        (one / "deep").mkdir(parents=True)
    text = "\n".join(line for line in wire.removal(MADE, folder).splitlines() if line.startswith("rm "))
    for _ in range(2):  # it may run again
        assert subprocess.run(["sh", "-c", text], check=False).returncode == 0
    assert not folder.exists()
    assert beside.exists()


def test_a_watcher_runs_its_script_when_the_process_is_over_also_as_a_zombie(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    done = tmp_path / "done"
    watcher = wire.watch(process.pid, f"touch {done}\n", tmp_path / "log")
    time.sleep(0.3)
    assert not done.exists()
    assert process.stdin is not None
    process.stdin.close()  # it ends, and nobody has asked for its exit code yet
    deadline = time.monotonic() + 8
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert done.exists()
    process.wait()
    os.waitpid(watcher, 0)


def test_a_command_that_fails_is_named_with_its_words() -> None:
    with pytest.raises(FailedError, match="sh -c echo no >&2; exit 3 failed") as caught:
        wire.command("sh", "-c", "echo no >&2; exit 3")
    assert caught.value.details == ("no",)
    assert wire.command("echo", "yes") == f"yes{os.linesep}"
