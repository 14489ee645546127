"""Section 4 of the benchmark: what images' histories tell of the Dockerfiles that they were built from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from checks.cis.check import Outcome, check
from checks.cis.facts import Image, Step
from checks.cis.judging import Fault, for_a_person, images, listed
from checks.cis.redact import is_secret_name
from checks.cis.section4 import NO_IMAGES
from checks.cis.snapshot import Snapshot
from checks.cis.unknown import Unknown
from checks.model import Verdict

_INSTALLS = frozenset(
    {
        *("apt-get install", "apt install", "aptitude install", "apk add", "yum install", "dnf install"),
        *("microdnf install", "tdnf install", "zypper install", "zypper in"),
    }
)
_UPDATES = frozenset(
    {
        *("apt-get update", "apt update", "aptitude update", "apk update", "yum update", "dnf update"),
        *("microdnf update", "tdnf update", "zypper refresh", "zypper ref"),
    }
)
_SET_ID = re.compile(r"0?[2-7][0-7]{3}|(.*,)?[ugoa]*[+=][rwxXt]*s[rwxXst]*(,.*)?")
_UNVERIFIED = frozenset(
    {
        *("--insecure", "--no-check-certificate", "--allow-unauthenticated", "--force-yes", "--allow-untrusted"),
        *("--allow-insecure-repositories", "--nogpgcheck", "--no-gpg-checks", "--trusted-host"),
    }
)
_CURL_INSECURE = re.compile(r"-[A-Za-z]*k[A-Za-z]*")


def _commands(step: Step) -> tuple[tuple[str, ...], ...]:
    return step.commands if step.instruction == "RUN" else ()


def _verbs(step: Step) -> list[str]:
    """Return the commands of a RUN as program and subcommand: `apt-get install`."""
    return [" ".join(command[:2]) for command in _commands(step)]


def _seen(find: Callable[[tuple[Step, ...]], Iterator[str]]) -> Callable[[Image], Fault]:
    """Return the `fault` that lists what `find` sees in an image's history."""

    def fault(image: Image) -> Fault:
        return image.history if isinstance(image.history, Unknown) else listed(find(image.history))

    return fault


@check(
    "4.3",
    "Images hold no packages that they do not need",
    reads="The commands in each image's history that install packages.",
    decides="Always for a person to judge; names the images whose history installs packages.",
    remedy="Start from a small base, and install only what runs: `apt-get install -y --no-install-recommends PACKAGE`.",
)
def packages(snapshot: Snapshot) -> Outcome:
    def find(steps: tuple[Step, ...]) -> Iterator[str]:
        return (verb for step in steps for verb in _verbs(step) if verb in _INSTALLS)

    good = "no history installs packages; what did the bases bring?"
    return for_a_person(images(snapshot, _seen(find), good, bad=Verdict.MANUAL))


@check(
    "4.7",
    "Package lists are not updated in a step of their own",
    reads="The commands of each RUN in each image's history.",
    decides="Asks for a look at images with a RUN that updates package lists and installs nothing: later builds take the list "
    "from the cache.",
    remedy="Update and install in one step: `RUN apt-get update && apt-get install -y --no-install-recommends PACKAGE=VERSION`.",
    deviation="docker-bench-security looks for the word update in the first 45 characters of each step: an update further on "
    f"is missed there and named by us; {NO_IMAGES}",
)
def update_alone(snapshot: Snapshot) -> Outcome:
    def find(steps: tuple[Step, ...]) -> Iterator[str]:
        for step in steps:
            verbs = _verbs(step)
            if _INSTALLS.isdisjoint(verbs):
                yield from (f"{verb} alone" for verb in verbs if verb in _UPDATES)

    return images(snapshot, _seen(find), "no step only updates package lists", bad=Verdict.MANUAL)


@check(
    "4.8",
    "Images hold no set-user-id and set-group-id files that they do not need",
    reads="The chmod commands in each image's history; files inside images are not looked at.",
    decides="Always for a person to judge; names the images whose history sets such a bit.",
    remedy="Take the bits away near the end of the Dockerfile: `RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +`.",
)
def set_id(snapshot: Snapshot) -> Outcome:
    def find(steps: tuple[Step, ...]) -> Iterator[str]:
        commands = (one for step in steps for one in _commands(step) if one[:1] == ("chmod",))
        return (f"chmod {word}" for one in commands for word in one[1:] if _SET_ID.fullmatch(word))

    good = "no history sets such a bit; what did the bases bring?"
    return for_a_person(images(snapshot, _seen(find), good, bad=Verdict.MANUAL))


@check(
    "4.9",
    "Dockerfiles use COPY, not ADD",
    reads="The instructions in each image's history but the oldest, which is the base's file system.",
    decides="Asks for a look at images with an ADD: it unpacks archives and fetches addresses without being told to.",
    remedy="Write COPY for files; fetch with `curl` and verify a checksum, or write `ADD --checksum=sha256:… ADDRESS`.",
    deviation=NO_IMAGES,
)
def add(snapshot: Snapshot) -> Outcome:
    def find(steps: tuple[Step, ...]) -> Iterator[str]:
        for step in steps[:-1]:
            if step.instruction == "ADD":
                yield from (f"ADD of {' '.join(kind)}" for kind in step.commands or [("unknown",)])

    return images(snapshot, _seen(find), "no ADD but the base's", bad=Verdict.MANUAL)


@check(
    "4.10",
    "Dockerfiles hold no secrets",
    reads="The names of variables that each image's history and environment set; never their values.",
    decides="Always for a person to judge; names the variables that by their names hold secrets.",
    remedy="Mount secrets while building: `RUN --mount=type=secret,id=NAME …` with `docker build --secret id=NAME,src=FILE`.",
)
def secrets(snapshot: Snapshot) -> Outcome:
    def fault(image: Image) -> Fault:
        steps = () if isinstance(image.history, Unknown) else image.history
        names = (*image.environment, *(name for step in steps for name in step.names))
        found = listed(sorted(filter(is_secret_name, names)))
        return image.history if isinstance(image.history, Unknown) and not found else found

    good = "no variable is named like a secret; what is in their files?"
    return for_a_person(images(snapshot, fault, good, bad=Verdict.MANUAL))


def _is_unverified(program: str, word: str) -> bool:
    return word.partition("=")[0] in _UNVERIFIED or (program == "curl" and _CURL_INSECURE.fullmatch(word) is not None)


@check(
    "4.11",
    "Only verified packages are installed",
    reads="The options of commands in each image's history that switch off the verifying of what is fetched.",
    decides="Always for a person to judge; names the images with such an option.",
    remedy="Leave those options out, add the vendor's key instead, and pin: `apt-get install PACKAGE=VERSION`, pip's hashes.",
)
def verified_packages(snapshot: Snapshot) -> Outcome:
    def find(steps: tuple[Step, ...]) -> Iterator[str]:
        commands = (one for step in steps for one in _commands(step))
        return (f"{one[0]} {word}" for one in commands for word in one[1:] if _is_unverified(one[0], word))

    good = "no history switches verifying off; where did packages come from?"
    return for_a_person(images(snapshot, _seen(find), good, bad=Verdict.MANUAL))


CHECKS = (packages, update_alone, set_id, add, secrets, verified_packages)
