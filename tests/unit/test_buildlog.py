"""Real output of failing builds (tests/data/buildlog), and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import buildlog, dockerfile

DATA = Path(__file__).parents[1] / "data" / "buildlog"


def described(name: str) -> list[str]:
    file = dockerfile.parse((DATA / f"{name}.txt").read_text())
    return buildlog.describe(buildlog.failure((DATA / f"{name}.log").read_text()), file, "Dockerfile")


@pytest.mark.parametrize(
    ("name", "place", "reason"),
    [
        ("run-fails", "Dockerfile:7: [w app 3/4] RUN for i in", "exit code: 9"),
        ("no-file", "Dockerfile:2: [w 2/2] COPY missing.txt /x", '"/missing.txt" not found'),
        ("no-base", "Dockerfile:1: [w internal] load metadata for docker.io/unit-dev/nosuch:1", "no such host"),
        ("syntax", "Dockerfile:2", "unknown instruction: FOO"),
        ("heredoc", "Dockerfile:3", "unknown instruction: ECHO"),
        ("parallel", "Dockerfile:4: [w b 2/2] RUN sleep 1; echo early", "exit code: 3"),
        ("variable", "Dockerfile:4: [w 3/3] RUN echo boom && ", "exit code: 4"),
    ],
)
def test_a_failure_is_placed(name: str, place: str, reason: str) -> None:
    head, why, *_ = described(name)
    assert head.startswith(place)
    assert reason in why


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("link", "this builder is too old for that flag: Docker 23.0"),
        ("contexts", "too old for additional_contexts: Docker 23.0"),
        ("heredoc", "this builder is too old for here-documents: Docker 23.0"),
    ],
)
def test_what_an_old_builder_does_not_know_is_explained(name: str, words: str) -> None:
    assert words in described(name)[-1]


@pytest.mark.parametrize("name", ["syntax", "no-file"])
def test_what_is_simply_wrong_is_not_the_builders_age(name: str) -> None:
    assert not any("too old" in line for line in described(name))


def test_the_last_twenty_lines_are_kept() -> None:
    said = described("run-fails")[2:]
    assert said == [f"| line {number}" for number in range(12, 31)] + ["| the reason"]


def test_what_never_reached_a_builder_is_shown_as_it_is() -> None:
    assert buildlog.failure("something\n\nelse\n") == buildlog.Failure("", "", ("something", "else"))


@given(st.text() | st.lists(st.sampled_from(["#1 [x", "#1 0.1 y", "#1 ERROR: z", "failed to solve: q"])).map("\n".join))
def test_any_output_is_read(text: str) -> None:
    found = buildlog.failure(text, 5)
    assert len(found.said) <= 5
    assert buildlog.describe(found, dockerfile.parse("FROM a\nRUN b"), "D")[0].startswith("D")


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("#6 [w 3/3] RUN echo boom &&     exit 4", "[w 3/3] RUN echo boom &&     exit 4"),
        ("#1 [w internal] load build definition from Dockerfile", ""),
        ("#1 [internal] load build definition from Dockerfile", ""),
        ("#5 0.349 first", ""),
        ("#5 DONE 0.4s", ""),
    ],
)
def test_steps_are_told_from_what_they_say(line: str, step: str) -> None:
    assert buildlog.current_step(line) == step


_TWICE = """\
FROM a AS one
RUN make ${WHAT}
FROM b
RUN make
RUN make $WHAT && x
RUN <<EOF
exit 1
EOF
COPY . /app
"""


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("[one 2/2] RUN make all", 2),
        ("[web one 2/2] RUN make all", 2),
        ("[web stage-1 2/4] RUN make", 4),
        ("[stage-1 3/4] RUN make all && x", 5),
        ("[stage-1 4/4] RUN <<EOF (exit 1)", 6),
        ("[stage-1 5/5] COPY . /app", 9),
        ("[stage-1 1/4] FROM docker.io/library/b", 3),
        ("[stage-1 3/4] RUN make all && y", None),
        ("RUN nothing like it", None),
        ("", None),
    ],
)
def test_a_step_is_found_in_its_stage(step: str, line: int | None) -> None:
    assert buildlog.line_of(dockerfile.parse(_TWICE), step) == line
