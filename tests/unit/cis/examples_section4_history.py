from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.cis.facts import Step
from checks.model import Verdict
from tests.unit.cis.builders import DENIED, Case, case, image, snapshot

BASE = Step("ADD", commands=(("archive",),))


def run(*commands: str) -> Step:
    return Step("RUN", commands=tuple(tuple(command.split()) for command in commands))


def built(verdict: Verdict, steps: Sequence[Step], value: str = "", *, says: str = "", **changes: Any) -> Case:
    """Return an example of one image with that history, newest first, on a base."""
    one = image(**({"history": (*steps, BASE)} | changes))
    return case(verdict, snapshot(images=[one]), *([f"web:1: {value}"] if value else []), says=says)


INSTALLS = (
    *("apt-get install", "apt install", "aptitude install", "apk add", "yum install", "dnf install"),
    *("microdnf install", "tdnf install", "zypper install", "zypper in"),
)
UPDATES = (
    *("apt-get update", "apt update", "aptitude update", "apk update", "yum update", "dnf update"),
    *("microdnf update", "tdnf update", "zypper refresh", "zypper ref"),
)
SET_ID = (
    *("u+s", "g+s", "+s", "ug+xs", "u=rwxs", "a+rwxXs", "a+rx,u+s", "u+s,o-w", "a+tsx", "g+srwxXst"),
    *("4755", "2755", "6755", "04755", "7777", "3770", "2000"),
)
NOT_SET_ID = ("755", "0755", "1777", "8755", "4785", "a-s", "u+x", "u+x,g-s", "/usr/bin/s", "-s", "47555", "u+s/x", "s")
UNVERIFIED = (
    *("curl --insecure", "curl -k", "curl -fsSLk", "wget --no-check-certificate", "pip --trusted-host=pypi.example"),
    *("apt-get --allow-unauthenticated", "apt-get --force-yes", "apt-get --allow-insecure-repositories"),
    *("apk --allow-untrusted", "dnf --nogpgcheck", "zypper --no-gpg-checks", "pip --trusted-host"),
)

EXAMPLES: dict[str, tuple[Case, ...]] = {
    "4.3": (
        *(built(Verdict.MANUAL, [run(f"{one} -y")], one, says="1 of 1 image") for one in INSTALLS),
        built(
            Verdict.MANUAL,
            [run("pip install"), run("apt-get clean")],
            says="no history installs packages; what did the",
        ),
        built(Verdict.MANUAL, [Step("LABEL", commands=(("apk", "add"),))], says="no history"),
        built(Verdict.MANUAL, [run("apk add", "apk add -t"), run("yum install")], "apk add, yum install"),
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),
    ),
    "4.7": (
        *(built(Verdict.MANUAL, [run(one)], f"{one} alone") for one in UPDATES),
        *(built(Verdict.PASS, [run("apt-get update", f"{one} -y")]) for one in INSTALLS),
        built(
            Verdict.PASS,
            [run("apt-get install"), run("npm update")],
            says="1 image: no step only updates package lists",
        ),
        built(Verdict.PASS, [Step("LABEL", commands=(("apt-get", "update"),))]),
        built(Verdict.MANUAL, [run("apt-get install"), run("apt-get update", "rm -r")], "apt-get update alone"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),  # docker-bench-security passes it
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
    ),
    "4.8": (
        built(Verdict.MANUAL, [run("chmod g+s,o-w")], "chmod g+s,o-w", says="1 of 1 image"),
        *(built(Verdict.MANUAL, [run(f"chmod -R {one}")], f"chmod {one}") for one in SET_ID),
        *(
            built(Verdict.MANUAL, [run(f"chmod {one}")], says="no history sets such a bit; what did")
            for one in NOT_SET_ID
        ),
        built(Verdict.MANUAL, [run("chown u+s", "")], says="no history"),
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
    ),
    "4.9": (
        built(Verdict.PASS, [run("ADD"), Step("COPY", commands=(("file",),))], says="1 image: no ADD but the base's"),
        built(Verdict.PASS, []),
        built(Verdict.MANUAL, [Step("ADD", commands=(("url",), ("file",)))], "ADD of url, ADD of file"),
        built(Verdict.MANUAL, [Step("CMD"), Step("ADD")], "ADD of unknown"),
        built(Verdict.MANUAL, [BASE], "ADD of archive"),
        case(Verdict.NOT_APPLICABLE, snapshot(), says="no images"),  # docker-bench-security passes it
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
    ),
    "4.10": (
        built(Verdict.MANUAL, [Step("ENV", names=("PATH",))], says="no variable is named like a secret; what is in"),
        built(Verdict.MANUAL, [Step("ARG", names=("PATH", "NPM_TOKEN"))], "NPM_TOKEN"),
        built(Verdict.MANUAL, [Step("ARG", names=("A_TOKEN",))], "A_TOKEN, B_PASSWORD", environment=("B_PASSWORD",)),
        built(Verdict.MANUAL, [], "DB_PASSWORD", environment=("DB_PASSWORD",), history=DENIED),
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
    ),
    "4.11": (
        *(built(Verdict.MANUAL, [run(one)], one) for one in UNVERIFIED),
        built(
            Verdict.MANUAL,
            [run("curl -fsSL"), run("wget -k", "curl --k k")],
            says="no history switches verifying off; where",
        ),
        built(Verdict.UNKNOWN, [], history=DENIED, says="permission denied"),
    ),
}
