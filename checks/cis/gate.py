"""The gate: which failures somebody may leave so, for a reason and until a day, and what is to be said of such waivers."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from checks.benchconfig import Waiver
from checks.cis import catalogue
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Judgement, Offender, Verdict, Waived


@dataclass(frozen=True)
class Gated:
    """Judgements after waivers. expired: waivers whose day is over; unused: those that met nothing."""

    judgements: tuple[Judgement, ...]
    expired: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()


def apply(
    judgements: Iterable[Judgement],
    waivers: Sequence[Waiver],
    today: datetime.date,
    benchmark: str = "1.8",
    *,
    everything: bool = True,
    replaced: Collection[str] = (),
) -> Gated:
    """Return the judgements, failures waived that a waiver covers.

    A check whose offenders are all waived is WAIVED; else it fails with those that are left, the others marked. What could not
    be judged stays UNKNOWN, with the waiver that would waive all that it could find. An expired waiver waives nothing.
    `everything` says that all objects were judged, so that a waiver that met none is one too many: but one for an image that is
    `replaced` here, which it is to meet elsewhere.
    """
    own = {catalogue.id_in(benchmark, name): name for name in catalogue.IDS}
    valid = [one for one in waivers if one.until is None or one.until >= today]
    used: set[int] = set()
    gated, judged = [], []
    for one in judgements:
        name = own.get(one.id, one.id)
        judged.append((name, one.verdict))
        gated.append(_gated(one, name, valid, used))
    idle = [one for at, one in enumerate(valid) if at not in used and _was_judged(one, judged)]
    idle = [one for one in idle if not (one.image and any(fnmatchcase(image, one.image) for image in replaced))]
    expired = [one for one in waivers if one not in valid and any(_covers_check(one, name) for name, _ in judged)]
    return Gated(tuple(gated), tuple(expired), tuple(idle) if everything else ())


def replaced(standins: Iterable[str], looked: Iterable[Snapshot]) -> tuple[str, ...]:
    """Return the images that have a stand-in and are not on one of these hosts: what runs there is the stand-in, if anything."""
    there = [
        {tag for image in one.images for tag in image.tags} for one in looked if not isinstance(one.images, Unknown)
    ]
    return tuple(image for image in map(_familiar, standins) if any(image not in tags for tags in there))


def _familiar(image: str) -> str:
    """Return an image's name as the engine shows it."""
    short = image.removeprefix("docker.io/").removeprefix("library/")
    return short if ":" in short.rpartition("/")[2] or "@" in short else f"{short}:latest"


def _gated(judgement: Judgement, name: str, valid: Sequence[Waiver], used: set[int]) -> Judgement:
    if judgement.verdict is Verdict.UNKNOWN:
        whole = (one for one in valid if _covers_all(one, name, judgement.target))
        return replace(judgement, waiver=next(map(_waived, whole), None))
    if judgement.verdict is not Verdict.FAIL:
        return judgement
    offenders = []
    for offender in judgement.offenders:
        by = [at for at, one in enumerate(valid) if _covers(one, name, judgement.target, offender)]
        used.update(by)
        offenders.append(replace(offender, waived=_waived(valid[by[0]])) if by else offender)
    if not all(one.waived for one in offenders) or not offenders:
        return replace(judgement, offenders=tuple(offenders))
    return replace(judgement, verdict=Verdict.WAIVED, offenders=tuple(offenders), waiver=offenders[0].waived)


def _waived(waiver: Waiver) -> Waived:
    return Waived(waiver.reason, waiver.owner, waiver.until.isoformat() if waiver.until else "")


def _was_judged(waiver: Waiver, judged: Iterable[tuple[str, Verdict]]) -> bool:
    """Whether it could have met something: what is not known may well be what it is for."""
    verdicts = [verdict for name, verdict in judged if _covers_check(waiver, name)]
    return bool(verdicts) and Verdict.UNKNOWN not in verdicts


def _covers_check(waiver: Waiver, name: str) -> bool:
    return catalogue.is_in(name, waiver.check)


def _covers_all(waiver: Waiver, name: str, target: str) -> bool:
    """Whether it covers a check of a host whatever offends."""
    return _is_for(waiver, name, target) and not (waiver.name or waiver.image or waiver.label)


def _is_for(waiver: Waiver, name: str, target: str) -> bool:
    return _covers_check(waiver, name) and (not waiver.host or fnmatchcase(target, waiver.host))


def _covers(waiver: Waiver, name: str, target: str, offender: Offender) -> bool:
    if not _is_for(waiver, name, target):
        return False
    image = offender.image or (offender.name if offender.kind == "image" else "")
    return (
        (not waiver.name or fnmatchcase(offender.name, waiver.name))
        and (not waiver.image or fnmatchcase(image, waiver.image))
        and (not waiver.label or _has_label(offender, waiver.label))
    )


def _has_label(offender: Offender, wanted: str) -> bool:
    name, given, pattern = wanted.partition("=")
    value = offender.labels.get(name)
    return value is not None and (not given or fnmatchcase(value, pattern))
