"""Dockerfiles as strangers write them: stages, arguments, and the images that a build takes from elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import dockerfile
from checks.dockerfile import expand, external_images, parse


def images(text: str, target: str = "", **arguments: str) -> tuple[str, ...]:
    return external_images(parse(text), arguments, target)


def keywords(text: str) -> list[str]:
    return [item.keyword for item in parse(text).instructions()]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    file = parse(text)
    external_images(file, {})
    assert all(stage.base for stage in file.stages)


_LINES = st.sampled_from(
    [
        "FROM debian AS a",
        "from a",
        "RUN <<EOF",
        "EOF",
        "COPY --from=0 /x /y",
        "RUN --mount=from=b,target=/x true \\",
        "# escape=`",
        "ARG A=$A",
        "ARG B",
        "",
        "  \\",
        "${A:-${B}}",
    ]
)


@given(st.lists(_LINES, max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_lines_count_from_one_and_never_go_back(lines: list[str], end: str) -> None:
    file = parse(end.join(lines))
    found = [item.line for item in file.instructions()]
    assert found == sorted(found)
    assert all(1 <= line <= len(lines) for line in [*found, *(stage.line for stage in file.stages)])
    external_images(file, {"A": "$A"})


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n", "just words\n", "FROM", "FROM \n"])
def test_what_has_no_stage_needs_nothing(text: str) -> None:
    assert parse(text).stages == ()
    assert images(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian:12\nRUN true\n",
        "FROM debian:12\r\nRUN true\r\n",
        "\ufeffFROM debian:12\nRUN true\n",
        "from debian:12\nrun true\n",
        "  FROM   debian:12  \n\tRUN true\n",
        'FROM "debian:12"\nRUN true',
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM debian:12\nRUN `\n  true\n",
        "FROM --platform=$BUILDPLATFORM debian:12\nRUN true",
        "FROM debian:12\nRUN true \\",
    ],
)
def test_spellings_of_the_same(text: str) -> None:
    assert images(text) == ("debian:12",)
    assert keywords(text) == ["RUN"]


def test_a_letter_of_another_encoding_is_no_reason_to_fail() -> None:
    text = b"FROM debian:12\n# caf\xe9\nLABEL a=\xe9\n".decode("utf-8", "surrogateescape")
    assert images(text) == ("debian:12",)


def test_a_huge_file_is_read_in_time() -> None:
    text = "FROM debian:12\n" + "RUN echo one && \\\n    echo two\n" * 20_000
    assert len(keywords(text)) == 20_000


def test_an_instruction_goes_on_over_comments_and_empty_lines() -> None:
    (run, user) = parse("FROM a\nRUN one && \\\n# FROM comment\n\n    two\nUSER 1\n").instructions()
    assert "".join(run.value.split()) == "one&&two"
    assert (run.line, user.line) == (2, 6)


@pytest.mark.parametrize(
    "opening", ["<<EOF", "<<-EOF", "<<'EOF'", '<<"EOF"', "python3 - <<EOF", "--mount=type=ssh <<EOF"]
)
def test_a_here_document_is_no_instruction(opening: str) -> None:
    text = f"FROM a\nRUN {opening}\nfrom os import path\nCOPY --from=b /x /y\nEOF\nUSER 1\n"
    assert keywords(text) == ["RUN", "USER"]
    assert images(text) == ("a",)


def test_two_here_documents_end_in_their_order() -> None:
    text = "FROM a\nCOPY <<one <<-two /dir/\nFROM b\none\nFROM c\n\ttwo\nUSER 1\n"
    assert keywords(text) == ["COPY", "USER"]
    assert images(text) == ("a",)


def test_what_looks_like_a_here_document_elsewhere_is_none() -> None:
    assert keywords("FROM a\nENV SHIFT=1<<x\nUSER 1\n") == ["ENV", "USER"]


def test_arguments_before_the_first_stage_are_told_from_those_in_it() -> None:
    file = parse("ARG TAG=12 NAME='x'\nARG BARE\nFROM debian:$TAG\nARG LATER=1\nARG OTHER\n")
    assert file.arguments == {"TAG": "12", "NAME": "x", "BARE": ""}
    assert file.declared == {"TAG", "NAME", "BARE", "LATER", "OTHER"}


@pytest.mark.parametrize(
    ("text", "arguments", "image"),
    [
        ("ARG TAG=12\nFROM debian:$TAG", {}, "debian:12"),
        ("ARG TAG=12\nFROM debian:${TAG}", {"TAG": "13"}, "debian:13"),
        ("ARG TAG\nFROM debian:${TAG:-11}", {}, "debian:11"),
        ("ARG TAG=12\nARG IMAGE=debian:$TAG\nFROM $IMAGE", {"TAG": "13"}, "debian:13"),
        ("ARG A\nARG B=2\nFROM ${A:-debian:${B:-1}}", {}, "debian:2"),
        ("ARG SLIM=1\nFROM debian:12${SLIM:+-slim}", {}, "debian:12-slim"),
        ("FROM debian:12\nARG TAG=13", {"TAG": "14"}, "debian:12"),
        ("FROM debian-$TARGETARCH", {"TARGETARCH": "arm64"}, "debian-arm64"),
        ("FROM debian:$UNDECLARED", {"UNDECLARED": "1"}, "debian:"),
    ],
)
def test_arguments_make_the_name_of_an_image(text: str, arguments: dict[str, str], image: str) -> None:
    assert images(text, **arguments) == (image,)


_STAGES = """\
FROM golang:1 AS Build
FROM node:1 AS unused
FROM build AS test
RUN --mount=type=cache,target=/c --mount=type=bind,from=tools:1,source=/a,target=/b go test
FROM scratch
COPY --from=build --chown=1 /app /app
COPY --chown=1 --from=busybox:1 /bin/sh /sh
COPY --from=2 /x /x
ONBUILD COPY --from=never:1 /x /x
"""


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("", {"golang:1", "busybox:1", "tools:1"}),
        ("unused", {"node:1"}),
        ("TEST", {"golang:1", "tools:1"}),
        ("0", {"golang:1"}),
        ("nosuch", {"golang:1", "busybox:1", "tools:1"}),
    ],
)
def test_only_what_the_target_needs_is_needed(target: str, wanted: set[str]) -> None:
    assert set(images(_STAGES, target)) == wanted


def test_a_stage_named_as_its_image_is_no_circle() -> None:
    assert images("FROM nginx AS nginx\nFROM nginx\nCOPY --from=nginx /a /b\n") == ("nginx",)


def test_of_two_stages_of_one_name_the_nearer_is_meant() -> None:
    assert images("FROM a AS x\nFROM b AS x\nFROM x\n") == ("b",)


def test_a_number_is_a_stage_for_copy_and_an_image_for_from() -> None:
    assert set(images("FROM a\nFROM 0\nCOPY --from=0 /a /b\nCOPY --from=7 /a /b\nCOPY --from=² /a /b")) == {
        "a",
        "0",
        "7",
        "²",
    }


@pytest.mark.parametrize(
    "run", ["uvx --from=httpie http", "x --mount=from=y z", "echo <<", "--network=none x --from=y"]
)
def test_flags_of_a_command_are_not_the_builders(run: str) -> None:
    assert images(f"FROM a\nRUN {run}\n") == ("a",)


def test_additional_contexts_stand_before_images() -> None:
    file = parse("FROM base\nCOPY --from=files /a /b\nCOPY --from=other /a /b\n")
    assert external_images(file, {}, contexts={"base", "files"}) == ("other",)


@given(st.text(), st.dictionaries(st.sampled_from("AB"), st.text(max_size=9)))
def test_expanding_ends_and_leaves_text_without_dollar_alone(text: str, values: dict[str, str]) -> None:
    done = expand(text, values)
    assert "$" in text or done == text


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("$A", "1"),
        ("${A}", "1"),
        ("${A:+x}", "x"),
        ("${N:+x}", ""),
        ("${N-x}", "x"),
        ("$N", ""),
        ("$1", "$1"),
        ("$", "$"),
    ],
)
def test_expand(text: str, done: str) -> None:
    assert expand(text, {"A": "1"}) == done


def test_the_automatic_arguments_are_those_of_the_builder() -> None:
    assert {"TARGETPLATFORM", "TARGETARCH", "BUILDPLATFORM", "BUILDOS"} < set(dockerfile.AUTOMATIC)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ARG A\n# one\n\nFORM debian:13 AS a\nFROM debian:13\nCOPY --from=a / /\n", 4),
        ("LABEL a=b\nRUN true\nFROM debian:13\n", 1),
        ("RUN true\n", 1),
    ],
)
def test_what_stands_before_the_first_stage_and_may_not(text: str, line: int) -> None:
    file = dockerfile.parse(text)
    assert file.astray == line
    assert dockerfile.external_images(file, {}) == ()


@pytest.mark.parametrize("text", ["", "# syntax=x\n# c\nARG A=1\nfrom debian:13\nRUN <<E\nFORM x\nE\n"])
def test_what_may_stand_there(text: str) -> None:
    assert dockerfile.parse(text).astray == 0


def test_the_text_of_here_documents_is_kept() -> None:
    (run, copy, cmd) = parse("FROM a\nRUN <<A <<-B\none\n\ntwo\nA\n\tthree\n\tB\nCOPY <<C /c\nC\nCMD x").instructions()
    assert run.bodies == ("one\n\ntwo", "three")
    assert (copy.bodies, cmd.bodies) == (("",), ())


def test_arguments_before_the_first_stage_keep_their_lines() -> None:
    assert [(step.value, step.line) for step in parse("# c\nARG A=1\n\nARG B\nFROM a\nARG C").header] == [
        ("A=1", 2),
        ("B", 4),
    ]


def test_a_stage_knows_what_it_is_made_from() -> None:
    file = parse("ARG X=base\nFROM a AS base\nFROM $X AS Two\nFROM two\nFROM b\n")
    assert [file.parent(index) for index in range(4)] == [None, 0, 1, None]
    assert file.lineage(2) == (0, 1, 2)
    assert file.lineage(3) == (3,)
