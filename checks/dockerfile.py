"""What a Dockerfile says: stages, instructions, lines, and the images that a build of it needs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockerfile_parse import DockerfileParser

_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::(?P<how>[-+])(?P<word>[^}]*))?\})")
_FROM = re.compile(r"(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+[Aa][Ss]\s+(?P<name>\S+))?\s*$")
_SOURCE = re.compile(r"(?:--from=|--mount=\S*?\bfrom=)(?P<source>[^\s,]+)")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword in capitals, what follows it, and its first line (from 1)."""

    keyword: str
    value: str
    line: int


@dataclass(frozen=True)
class Stage:
    """One stage: its name ("" where it has none), what it starts from as it is written, its instructions."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class Dockerfile:
    """A whole Dockerfile: the ARGs before the first stage with their defaults, then the stages."""

    arguments: Mapping[str, str]
    stages: tuple[Stage, ...]

    @property
    def declared(self) -> frozenset[str]:
        """The names of all build arguments that it takes."""
        inner = (step for stage in self.stages for step in stage.instructions if step.keyword == "ARG")
        return frozenset(self.arguments) | {name for step in inner for name, _ in _assignments(step.value)}

    def instructions(self) -> Iterator[Instruction]:
        """Yield the instructions of all stages."""
        for stage in self.stages:
            yield from stage.instructions


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile's text; what is no instruction is left out, as a linter says it."""
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode("utf-8")))  # type: ignore[arg-type]  # it reads bytes
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for item in parser.structure:
        step = Instruction(item["instruction"], item["value"], item["startline"] + 1)
        if step.keyword == "FROM" and (match := _FROM.match(step.value)):
            stages.append(Stage(match["name"] or "", match["image"], ()))
        elif stages and step.keyword != "COMMENT":
            last = stages[-1]
            stages[-1] = Stage(last.name, last.base, (*last.instructions, step))
        elif step.keyword == "ARG":
            arguments.update(_assignments(step.value))
    return Dockerfile(arguments, tuple(stages))


def _assignments(value: str) -> list[tuple[str, str]]:
    words = [word.partition("=") for word in value.split()]
    return [(name, default.strip("\"'")) for name, _, default in words]


def external_images(file: Dockerfile, given: Mapping[str, str], target: str = "") -> tuple[str, ...]:
    """Return the images, in order, that a build of `target` (default: the last stage) takes from elsewhere.

    `given` are the build arguments; stages that the target does not need are left out, as BuildKit does.
    """
    values = {**file.arguments, **{name: given[name] for name in file.arguments if name in given}}
    names = {stage.name.lower(): index for index, stage in enumerate(file.stages) if stage.name}
    wanted = [names.get(target.lower(), len(file.stages) - 1)] if file.stages else []
    seen: set[int] = set()
    images: dict[str, None] = {}
    while wanted:
        index = wanted.pop()
        if index in seen:
            continue
        seen.add(index)
        for source in _sources(file.stages[index], values):
            stage = names.get(source.lower(), int(source) if source.isdigit() else None)
            if stage is not None and stage < len(file.stages):
                wanted.append(stage)
            elif source.lower() != "scratch":
                images[source] = None
    return tuple(images)


def _sources(stage: Stage, values: Mapping[str, str]) -> Iterator[str]:
    yield expand(stage.base, values)
    for step in stage.instructions:
        if step.keyword in ("COPY", "RUN", "ADD"):
            for match in _SOURCE.finditer(step.value):
                yield expand(match["source"], values)


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} as a Dockerfile does."""

    def one(match: re.Match[str]) -> str:
        value = values.get(match["plain"] or match["name"], "")
        if match["how"] == "-":
            return value or match["word"]
        if match["how"] == "+":
            return match["word"] if value else ""
        return value

    return _VARIABLE.sub(one, text)


def line_of(file: Dockerfile, step: str) -> int | None:
    """Return the line of the instruction that a builder names as `[stage 2/5] RUN make`, None where it is not found."""
    wanted = "".join(re.sub(r"^\[[^]]*\]\s*", "", step).split())
    for instruction in file.instructions():
        said = "".join(f"{instruction.keyword}{instruction.value}".split())
        # The builder prints the instruction with its variables filled in: compare up to the first one.
        fixed = said.partition("$")[0]
        if wanted == said or (len(fixed) > len(instruction.keyword) and wanted.startswith(fixed)):
            return instruction.line
    return None
