from __future__ import annotations

import pytest

from tests.unit.lint.own.looking import lines

RULE = "apt-update-joined"


@pytest.mark.parametrize(
    "run",
    [
        "RUN apt-get update",
        "RUN apt update -y",
        "RUN sudo -E apt-get -qq update",
        "RUN apt-get \\\n  # why\n  update",
        'RUN ["apt-get", "update"]',
        'RUN ["/bin/sh", "-c", "apt-get update"]',
        "RUN <<EOF\nset -e\napt-get update\nEOF",
        "RUN apt-get update && rm -rf /var/lib/apt/lists/* && echo done",
        "RUN apt-get -o Acquire::Retries=3 update || true",
        "RUN apt-get update; apt-get clean",
    ],
)
def test_an_update_alone(run: str) -> None:
    assert lines(RULE, f"FROM debian\n{run}\nUSER 1\n") == [2]


@pytest.mark.parametrize(
    "run",
    [
        "RUN apt-get update && apt-get install -y a",
        "RUN apt-get update; apt-get upgrade -y",
        "RUN apt-get update && apt-get -t stable -y install a",
        "RUN <<EOF\napt-get update\napt-get install -y a\nEOF",
        "RUN <<EOF bash -e\napt-get update\napt-get install -y a\nEOF",
        "RUN apt-get update && ./install.sh",
        "RUN apt-get update && xargs apt-get install -y < list",
        "RUN apt-get update && a=$(cat list) && apt-get install -y $a",
        'RUN apt-get update && I="apt-get install" && $I a',
        "RUN apt-get update && mk-build-deps -i",
        "RUN if true; then apt-get update && apt-get install -y a; fi",
        "RUN x || { apt-get update && apt-get install -y a; }",
        "RUN echo apt-get update",
        "RUN python <<EOF\nimport apt\nEOF",
        "RUN apk update",
        "CMD apt-get update",
    ],
)
def test_an_update_that_is_used_or_none(run: str) -> None:
    assert lines(RULE, f"FROM debian\n{run}\nUSER 1\n") == []


@pytest.mark.parametrize(
    "run",
    [
        "RUN apt-get install -y a",
        "RUN DEBIAN_FRONTEND=noninteractive apt-get install a b",
        "RUN mkdir /x && apt-get install -y a",
        "RUN if [ $X = 1 ]; then apt-get install -y a; fi",
        "RUN apt-get install -y /tmp/a.deb b",
    ],
)
def test_an_install_by_old_lists(run: str) -> None:
    assert lines(RULE, f"FROM debian\nRUN apt-get update && apt-get install -y x\n{run}\n") == [3]
    assert lines(RULE, f"FROM debian\n{run}\n") == [2]


@pytest.mark.parametrize(
    "run",
    [
        "RUN apt-get install -y /tmp/a.deb ./b.deb",
        "RUN dpkg -i a.deb; apt-get install -f -y",
        "RUN apt-get install --no-download -y a",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get install -y a",
        "RUN --mount=type=cache,target=/var/lib/apt/lists,sharing=locked apt-get install -y a",
        "RUN curl -s x | bash - && apt-get install -y a",
        "RUN ./sources.sh && apt-get install -y a",
        "RUN add-apt-repository -y ppa:x && apt-get install -y a",
        "RUN apt-get remove -y a",
        "RUN apt-get install",
        "ONBUILD RUN apt-get install -y a",
    ],
)
def test_an_install_that_needs_no_lists_or_may_have_new_ones(run: str) -> None:
    assert lines(RULE, f"FROM debian\n{run}\n") == []


def test_what_follows_from_one_update_is_said_once() -> None:
    assert lines(RULE, "FROM a\nRUN apt-get update\nRUN apt-get install a\nRUN apt-get install b\n") == [2]
    assert lines(
        RULE, "FROM a AS x\nRUN apt-get update\nFROM x\nRUN apt-get install a\nFROM b\nRUN apt-get install a"
    ) == [2, 6]
