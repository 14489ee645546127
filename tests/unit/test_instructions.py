from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import instructions
from checks.dockerfile import Instruction, parse


def step(text: str) -> Instruction:
    (found,) = parse(f"FROM a\n{text}\n").instructions()
    return found


@given(st.text())
def test_any_value_is_read(text: str) -> None:
    for keyword in ("ENV", "ARG", "ADD", "RUN", "ONBUILD", "CMD"):
        one = Instruction(keyword, text, 1)
        instructions.assignments(one)
        instructions.sources(instructions.inner(one))
        instructions.exec_form(text)


@given(st.lists(st.text()))
def test_what_json_writes_is_the_exec_form(words: list[str]) -> None:
    import json

    assert instructions.exec_form(json.dumps(words)) == tuple(words)


@pytest.mark.parametrize("text", ["['a']", '["a",]', "a", '["a", 1]', '{"a": 1}', "[", "[" * 100_000, '"a"'])
def test_what_the_builder_takes_for_the_shell_form(text: str) -> None:
    assert instructions.exec_form(text) is None


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV A=1 B=2", [("A", "1"), ("B", "2")]),
        ("ENV A=\"1 2\" B='3 4' C=5\\ 6", [("A", "1 2"), ("B", "3 4"), ("C", "5 6")]),
        ("ENV A 1 2", [("A", "1 2")]),
        ("ENV A=1 \\\n  # why\n  B=2", [("A", "1"), ("B", "2")]),
        ('ENV A="x=y"', [("A", "x=y")]),
        ("ARG A B=1", [("A", None), ("B", "1")]),
        ('LABEL "a.b"="c d"', [("a.b", "c d")]),
        ("ENV A=", [("A", "")]),
        ("ENV A=it's", [("A", "it's")]),
    ],
)
def test_assignments(text: str, pairs: list[tuple[str, str | None]]) -> None:
    assert instructions.assignments(step(text)) == pairs


def test_flags_stand_before_everything_else() -> None:
    said = instructions.said(step("RUN --mount=type=ssh --network=none x --flag=1"))
    assert said.flags == (("mount", "type=ssh"), ("network", "none"))
    assert said.rest == "x --flag=1"
    assert instructions.said(step("COPY --link --chown=1:1 a /b")).flags == (("link", ""), ("chown", "1:1"))
    assert instructions.said(step("RUN --version")).rest == ""


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("ADD a b /c/", ["a", "b"]),
        ("ADD --chown=1 a /c", ["a"]),
        ('ADD ["a b", "/c"]', ["a b"]),
        ('ADD "a b" /c', ["a b"]),
        ("ADD a", []),
    ],
)
def test_sources(text: str, sources: list[str]) -> None:
    assert instructions.sources(step(text)) == sources


def test_onbuild_is_looked_into() -> None:
    inner = instructions.inner(step("ONBUILD  copy . /app"))
    assert (inner.keyword, inner.value, inner.line) == ("COPY", ". /app", 2)
    assert instructions.inner(step("ONBUILD ONBUILD RUN x")).keyword == "RUN"


_STAGES = """\
ARG BEFORE=b
FROM a AS one
ENV A=1 LATER=$B
ARG LOCAL=l
FROM one
ARG BEFORE
ARG BARE
ENV B=$A/2 C=$UNKNOWN D=${E:-d}
ENV A=changed
USER 1
"""


def test_variables_are_those_that_stand_above() -> None:
    file = parse(_STAGES)
    assert instructions.variables(file, 1, 8) == {"A": "1", "BEFORE": "b"}
    assert instructions.variables(file, 1, 99) == {"A": "changed", "BEFORE": "b", "B": "1/2"}
    assert instructions.variables(file, 0, 99) == {"A": "1", "LOCAL": "l"}


@pytest.mark.parametrize(
    ("text", "done"),
    [("$A/x", "1/x"), ("${A}", "1"), ("$B", None), ("${B:-x}", None), ("x", "x"), ("${A:+y}", "y"), ("$A$B", None)],
)
def test_only_what_is_known_is_replaced(text: str, done: str | None) -> None:
    assert instructions.resolved(text, {"A": "1"}) == done
