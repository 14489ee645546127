"""How checks decide: functions that turn facts into an Outcome, so that a check says only what is wrong with one object.

A check hands over `fault`: given one object it returns what is wrong with it as a short text (the offending value: `no limit`,
`/etc, /usr`), nothing (None or "") where it is fine, or an Unknown. Then the verdict is the same everywhere:

- the facts are Unknown: UNKNOWN with the reason; there is no object: NOT_APPLICABLE
- an object has a fault: FAIL, or MANUAL where the check says so, with one offender for each such object
- else one could not be judged: UNKNOWN, naming it; else: PASS

All of it is one pass: what depends on the snapshot alone is worked out before, outside `fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from checks.cis.check import Outcome
from checks.cis.daemon import Engine, Swarm
from checks.cis.facts import Container, Image, Network
from checks.cis.host import File, Role, Stat
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Offender, Verdict
from checks.report.plain import counted


class Named(Protocol):
    """What has a name to report it by."""

    @property
    def name(self) -> str:
        """How people call it."""


T = TypeVar("T", bound=Named)
Fault = str | Unknown | None


def passed(evidence: str) -> Outcome:
    """Return PASS: what was seen."""
    return Outcome(Verdict.PASS, (), evidence)


def failed(evidence: str, *offenders: Offender) -> Outcome:
    """Return FAIL: what is wrong, with at least one offender."""
    return Outcome(Verdict.FAIL, offenders, evidence)


def manual(look_at: str, offenders: Iterable[Offender] = ()) -> Outcome:
    """Return MANUAL: what a person has to look at."""
    return Outcome(Verdict.MANUAL, tuple(offenders), look_at)


def not_applicable(why: str) -> Outcome:
    """Return NOT_APPLICABLE: why the question does not arise."""
    return Outcome(Verdict.NOT_APPLICABLE, (), why)


def unknown(reason: str | Unknown, *offenders: Offender) -> Outcome:
    """Return UNKNOWN: what could not be read."""
    return Outcome(Verdict.UNKNOWN, offenders, reason.reason if isinstance(reason, Unknown) else reason)


def running(
    snapshot: Snapshot, fault: Callable[[Container], Fault], good: str, *, bad: Verdict = Verdict.FAIL
) -> Outcome:
    """Judge each running container; `good` completes "3 containers: …" where none has a fault."""
    return over(snapshot.running, fault, "container", good, none="no container is running", bad=bad)


def images(snapshot: Snapshot, fault: Callable[[Image], Fault], good: str, *, bad: Verdict = Verdict.FAIL) -> Outcome:
    """Judge each image."""
    return over(snapshot.images, fault, "image", good, none="the engine has no images", bad=bad)


def others(
    snapshot: Snapshot, left_out: Callable[[Image], bool], whose: str, fault: Callable[[Image], Fault], good: str
) -> Outcome:
    """Judge each image but those that are left out, and say of how many that is; `whose` completes "2 images …"."""
    if isinstance(snapshot.images, Unknown):
        return unknown(snapshot.images)
    judged = [one for one in snapshot.images if not left_out(one)]
    count = len(snapshot.images) - len(judged)
    none = "the engine has no other images" if count else "the engine has no images"
    outcome = over(judged, fault, "image", good, none=none)
    return (
        replace(outcome, evidence=f"{outcome.evidence}; left out: {counted(count, 'image')} {whose}")
        if count
        else outcome
    )


def files(snapshot: Snapshot, role: Role, fault: Callable[[Stat], Fault], good: str) -> Outcome:
    """Judge the metadata of each file that plays a role."""

    def judge(file: File) -> Fault:
        return file.stat if isinstance(file.stat, Unknown) else fault(file.stat)

    return over(snapshot.host.role(role), judge, "file", good, none=f"there is no {role} on this host")


def over(
    objects: Iterable[T] | Unknown,
    fault: Callable[[T], Fault],
    kind: str,
    good: str,
    *,
    none: str,
    bad: Verdict = Verdict.FAIL,
) -> Outcome:
    """Judge objects of a kind, one by one, as this module's docstring says."""
    if isinstance(objects, Unknown):
        return unknown(objects)
    count, faulty, unread = 0, [], []
    for one in objects:
        count += 1
        found = fault(one)
        if isinstance(found, Unknown):
            unread.append(about(one, kind, found.reason))
        elif found:
            faulty.append(about(one, kind, found))
    if not count:
        return not_applicable(none)
    if faulty:
        return Outcome(bad, tuple(faulty), f"{len(faulty)} of {counted(count, kind)}{_and_unread(unread)}")
    if unread:
        return unknown(f"{len(unread)} of {counted(count, kind)} could not be judged: {unread[0].value}", *unread)
    return passed(f"{counted(count, kind)}: {good}")


def for_a_person(outcome: Outcome) -> Outcome:
    """Return a PASS as MANUAL: for what the benchmark leaves to a person even where nothing stands out."""
    return replace(outcome, verdict=Verdict.MANUAL) if outcome.verdict is Verdict.PASS else outcome


def about(one: Named, kind: str, value: str) -> Offender:
    """Return an object as an offender, with what waivers may name it by."""
    match one:
        case Container():
            return Offender(one.name, kind, value, image=one.image, labels=one.labels)
        case Image() | Network():
            return Offender(one.name, kind, value, labels=one.labels)
    return Offender(one.name, kind, value)


def _and_unread(unread: list[Offender]) -> str:
    return f"; {len(unread)} could not be judged: {unread[0].value}" if unread else ""


def asked(snapshot: Snapshot, decide: Callable[[Engine], Outcome]) -> Outcome:
    """Judge what the engine tells of itself, where it was asked."""
    return decide(snapshot.engine) if snapshot.engine.version else unknown("the engine was not asked")


def setting(snapshot: Snapshot, name: str, holds: Callable[[Any], bool], *, bad: Verdict = Verdict.FAIL) -> Outcome:
    """Judge one effective option of the daemon by its value; evidence and offender say where it comes from."""
    option = snapshot.daemon.option(name)
    if isinstance(option, Unknown):
        return unknown(f"{name}: {option.reason}")
    told = f"{shown(option.value)} ({option.source})"
    if holds(option.value):
        return passed(f"{name}: {told}")
    return Outcome(bad, (Offender(name, "option", told),), f"{name}: {told}")


def shown(value: object) -> str:
    """Return an option's value as daemon.json writes it, `not set` where it is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return listed(f"{key}={item}" for key, item in value.items()) or "not set"
    if isinstance(value, tuple):
        return listed(str(item) for item in value) or "not set"
    return str(value) or "not set"


def listed(values: Iterable[str]) -> str:
    """Return several offending values of one object as one text, each once; empty where there are none."""
    return ", ".join(dict.fromkeys(values))


def in_swarm(snapshot: Snapshot, decide: Callable[[Swarm], Outcome], *, manager: bool = True) -> Outcome:
    """Judge the swarm by `decide`, where this node is in one and, for what only managers know, manages it."""
    swarm = snapshot.swarm
    if isinstance(swarm, Unknown):
        return unknown(swarm)
    if not swarm.active:
        return not_applicable("this engine is in no swarm")
    if manager and not swarm.manager:
        return unknown("this node is a worker: only managers know")
    return decide(swarm)
