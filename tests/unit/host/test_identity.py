"""Who a process is, told by boot, pid and start time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest

from checks.host import identity


def test_this_process_lives() -> None:
    assert identity.is_alive(identity.owner())
    assert identity.owner() == identity.owner(os.getpid())


def test_a_process_that_ended_is_nobody() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        name = identity.owner(child.pid)
        assert identity.is_alive(name)
        child.kill()
        child.wait()
    assert not identity.is_alive(name)
    assert identity.start_time(child.pid) is None


def test_a_zombie_is_nobody() -> None:
    with subprocess.Popen(["true"]) as child:
        name = identity.owner(child.pid)
        deadline = time.monotonic() + 5
        while identity.start_time(child.pid) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert os.path.exists(f"/proc/{child.pid}")  # noqa: PTH110 - it is there, and dead
        assert not identity.is_alive(name)


def test_the_same_pid_at_another_time_is_somebody_else() -> None:
    boot, pid, started = identity.owner().split(":")
    assert not identity.is_alive(f"{boot}:{pid}:{int(started) + 1}")
    assert not identity.is_alive(f"another-boot:{pid}:{started}")


@pytest.mark.parametrize(
    "text", ["", "kept", "a:b", "a:b:c:d", f"{identity.boot_id()}:", f"{identity.boot_id()}:x:None"]
)
def test_other_words_are_nobody(text: str) -> None:
    assert not identity.is_alive(text)


def test_a_pid_that_nobody_has_does_not_match_a_missing_start() -> None:
    assert not identity.is_alive(f"{identity.boot_id()}:4194305:None")


def test_what_another_pid_namespace_has_is_never_over_and_ours_is_when_it_ended() -> None:
    def named(name: str) -> re.Match[str]:
        found = re.fullmatch(identity.IN_A_NAME, name)
        assert found
        return found

    assert not identity.is_over(named(f"{identity.in_a_name()}-abc"))
    space = identity.in_a_name().partition("-")[1:]
    assert identity.is_over(named("4194305_1" + "".join(space) + "-abc"))
    assert not identity.is_over(named("4194305_1-f1-abc"))


def test_in_a_pid_namespace_of_its_own_an_owner_says_so() -> None:
    code = "from checks.host import identity; print(identity.owner()); print(identity.is_alive(identity.owner()))"
    argv = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-P", "-c", code]
    if os.geteuid():
        argv.insert(1, "--map-root-user")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode and "Operation not permitted" in done.stderr:
        pytest.skip("expected: this machine allows no namespaces")
    owner, alive = done.stdout.split()
    assert alive == "True"
    assert owner.split(":")[0].startswith(f"{identity.boot_id()[:36]}-")
    assert not identity.is_alive(owner)
