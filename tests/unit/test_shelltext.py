from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import shelltext
from checks.dockerfile import parse
from checks.shelltext import Command, commands


def words(text: str) -> list[list[str]]:
    return [list(command.words) for command in commands(text)]


def of_run(text: str) -> list[str]:
    (step,) = parse(f"FROM a\n{text}\n").instructions()
    return [" ".join(command.words) for command in shelltext.of_run(step)]


@given(st.text())
def test_any_text_has_commands(text: str) -> None:
    for command in commands(text):
        assert command.words
        assert isinstance(command.program, str)


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_words_are_a_shells_or_not(argv: list[str]) -> None:
    text = shelltext.script(argv)
    assert text is None or text in argv


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a && b || c; d | e & f\ng", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("echo 'a && b' \"c;d\"", [["echo", "a && b", "c;d"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("a # b && c\nd", [["a"], ["d"]]),
        ("a 2>&1 && b &> /dev/null && c", [["a"], ["b"], ["c"]]),
        ("(a; b)", [["a"], ["b"]]),
        ("echo it's && b", [["echo", "it's"], ["b"]]),
        ("curl x#y", [["curl", "x#y"]]),
        ("", []),
        (" ;; \n&&", []),
    ],
)
def test_commands(text: str, found: list[list[str]]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("sudo -E -u root apt-get update", "apt-get"),
        ("A=1 B=2 /usr/bin/apt-get update", "apt-get"),
        ("if ! apt-get update", "apt-get"),
        ("env -u A B=1 nice -n 5 apt-get", "apt-get"),
        ("timeout -k 5 60 apt-get", "apt-get"),
        ("A=1", ""),
        ("sudo", ""),
    ],
)
def test_what_runs_another_command_is_looked_through(text: str, program: str) -> None:
    assert Command(tuple(text.split())).program == program


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["sh", "-c", "x"], "x"),
        (["/bin/bash", "-euxo", "pipefail", "-c", "x"], "x"),
        (["/bin/bash", "-o", "pipefail", "-c", "x"], "x"),
        (["bash", "-lc", "x", "name"], "x"),
        (["sh", "-c", "-e", "x"], "x"),
        (["/usr/bin/env", "bash", "-c", "x"], "x"),
        (["sh", "x.sh"], None),
        (["sh", "-c"], None),
        (["python", "-c", "x"], None),
        ([], None),
    ],
)
def test_the_text_of_a_shell(argv: list[str], text: str | None) -> None:
    assert shelltext.script(argv) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RUN --mount=type=ssh a && b", ["a", "b"]),
        ('RUN ["apt-get", "update"]', ["apt-get update"]),
        ('RUN ["/bin/sh", "-c", "a && b"]', ["a", "b"]),
        ("RUN <<EOF\na\nb c\nEOF", ["a", "b c"]),
        ("RUN bash -e <<EOF\na\nEOF", ["a"]),
        ("RUN <<EOF\n#!/usr/bin/env bash\na\nEOF", ["a"]),
        ("RUN <<EOF\n#!/usr/bin/env python\na\nEOF", []),
        ("RUN python <<EOF\na\nEOF", ["python <<EOF"]),
        ("RUN cat <<EOF > /x && b\na\nEOF", ["cat <<EOF > /x", "b"]),
    ],
)
def test_the_commands_of_a_run(text: str, found: list[str]) -> None:
    assert of_run(text) == found
