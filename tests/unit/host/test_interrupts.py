"""Ctrl-C once, twice and in the middle of cleaning up."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from checks.host import interrupts

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def _send(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.05)


@BOTH
def test_a_signal_interrupts_what_waits(number: int) -> None:
    started = time.monotonic()
    with interrupts.interrupts():
        threading.Timer(0.1, _send, [number]).start()
        with pytest.raises(KeyboardInterrupt):
            time.sleep(20)
    assert time.monotonic() - started < 5


@BOTH
def test_a_second_one_does_not_interrupt_what_the_first_began(number: int) -> None:
    with interrupts.interrupts():
        with pytest.raises(KeyboardInterrupt):
            _send()
        _send(number)  # no exception here


def test_one_that_comes_later_is_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_SAME_SECONDS", 0.1)
    with interrupts.interrupts():
        for _ in "ab":
            with pytest.raises(KeyboardInterrupt):
                _send()
            time.sleep(0.2)


@BOTH
def test_what_is_held_comes_to_its_end_first(number: int) -> None:
    done = []

    def hold() -> None:
        with interrupts.held():
            _send(number)
            done.append(number)

    with interrupts.interrupts(), pytest.raises(KeyboardInterrupt):
        hold()
    assert done == [number]


def test_an_error_of_what_is_held_is_not_lost() -> None:
    def fail() -> None:
        with interrupts.held():
            _send()
            raise KeyError

    with interrupts.interrupts(), pytest.raises(KeyError):
        fail()


def test_after_it_signals_do_what_they_did() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interrupts.interrupts():
        with interrupts.held():
            pass
        with pytest.raises(KeyboardInterrupt):
            _send(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_thread_may_hold_too() -> None:
    said: list[str] = []

    def work() -> None:
        with interrupts.held():
            said.append("done")

    with interrupts.interrupts():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert said == ["done"]
