from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from checks.lint import yamlnodes
from checks.lint.yamlnodes import NotYamlError

TEXT = """\
on: [push]
base: &base
  a: 1
  b: {c: 2}
jobs:
  one:
    <<: *base
    a: 3
  8080:
    - x
    - y: z
  true: w
  "a.b": v
  none:
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ([], (1, 1)),
        (["on"], (1, 1)),
        (["on", 0], (1, 6)),
        (["jobs", "one", "a"], (8, 5)),
        (["jobs", "one", "b", "c"], (4, 7)),
        (["jobs", "8080", 1, "y"], (11, 7)),
        (["jobs", "8080", "1"], (11, 7)),
        (["jobs", "True"], (12, 3)),
        (["jobs", "a.b"], (13, 3)),
        (["jobs", "nope", "x"], (5, 1)),
        (["jobs", "8080", 7], (9, 3)),
        (["on", "x"], (1, 1)),
    ],
)
def test_a_path_leads_to_a_place(path: list[str | int], place: tuple[int, int]) -> None:
    (node,) = yamlnodes.documents(TEXT)
    assert yamlnodes.place(node, path) == place


def test_what_is_merged_counts_and_a_mappings_own_wins() -> None:
    (node,) = yamlnodes.documents(TEXT)
    one = yamlnodes.pairs(yamlnodes.at(node, ["jobs", "one"]))
    assert {key: yamlnodes.scalar(value) for key, value in one.items()} == {"a": "3", "b": None}
    assert yamlnodes.scalar(yamlnodes.at(node, ["jobs", "none"])) is None
    assert [yamlnodes.scalar(item) for item in yamlnodes.items(yamlnodes.at(node, ["on"]))] == ["push"]
    assert yamlnodes.pairs(None) == {}
    assert yamlnodes.items(node) == []


def test_values_are_met_once_each_however_often_they_are_referred_to() -> None:
    (node,) = yamlnodes.documents("a: &a [1, *b]\nb: *a\n".replace("*b", "2"))
    assert [one.value for one in yamlnodes.scalars(node)] == ["1", "2"]
    (circle,) = yamlnodes.documents("&a [1, *a]")
    assert [one.value for one in yamlnodes.scalars(circle)] == ["1"]


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n c: d\n",
        'a: "x\n',
        "a: [\n",
        "\ta: b\n",
        "a: @b\n",
        "%FOO\n---\na: @\n",
        "a:\n  - b\n c: d\n",
        "a: *x\n",
        "- a\nb: c\n",
    ],
)
def test_a_mistake_is_where_yamllint_sees_it(text: str) -> None:
    with pytest.raises(NotYamlError) as caught:
        yamlnodes.documents(text)
    problems = list(linter.run(text, YamlLintConfig("rules: {anchors: enable}")))
    assert (problems[0].line, problems[0].column) == (caught.value.line, caught.value.column)


def test_control_characters_and_depth_are_mistakes_too() -> None:
    with pytest.raises(NotYamlError, match="special characters") as caught:
        yamlnodes.documents("a: b\nc: \x07\n")
    assert (caught.value.line, caught.value.column) == (2, 4)
    for text in ("[" * 200_000, "- " * 200_000, "\n".join(" " * depth + "a:" for depth in range(1100))):
        with pytest.raises(NotYamlError, match="nested too deeply"):
            yamlnodes.documents(text)


@given(st.text(), st.lists(st.text(max_size=3) | st.integers(0, 3), max_size=3))
def test_any_text_has_documents_or_a_mistake(text: str, path: list[str | int]) -> None:
    with contextlib.suppress(NotYamlError):
        for node in yamlnodes.documents(text):
            assert min(yamlnodes.place(node, path)) >= 1
            list(yamlnodes.scalars(node))
