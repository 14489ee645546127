"""What a Dockerfile says: stages, instructions, lines, and the images that a build of it needs."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from dockerfile_parse import DockerfileParser

from checks import dockerlines

AUTOMATIC = tuple(f"{of}{what}" for of in ("TARGET", "BUILD") for what in ("PLATFORM", "OS", "ARCH", "VARIANT"))
"""Arguments that a FROM may use without an ARG: the builder knows their values."""
VARIABLE = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-+])(?P<word>[^{}$]*))?\})", re.ASCII
)
"""A variable in an instruction, ${NAME:-word} with words that hold none themselves."""
_FROM = re.compile(r"(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+[Aa][Ss]\s+(?P<name>\S+))?\s*$")
_FLAG = re.compile(r"\s*--(?P<name>[a-z]+)=(?P<value>\S+)")
_NESTED = 8


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword in capitals, what follows it, its first line (from 1), its here-documents' texts."""

    keyword: str
    value: str
    line: int
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage: its name ("" for none), its base as it is written, its instructions, the line of its FROM."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]
    line: int = 0


@dataclass(frozen=True)
class Dockerfile:
    """A whole Dockerfile: the ARGs before the first stage with their defaults, then the stages.

    astray: the line of an instruction that stands before the first stage and may not, as FORM would; 0 for none.
    header: the ARGs before the first stage as they are written.
    """

    arguments: Mapping[str, str]
    stages: tuple[Stage, ...]
    astray: int = 0
    header: tuple[Instruction, ...] = ()

    @property
    def declared(self) -> frozenset[str]:
        """The names of all build arguments that it takes."""
        inner = (step for stage in self.stages for step in stage.instructions if step.keyword == "ARG")
        return frozenset(self.arguments) | {name for step in inner for name, _ in _assignments(step.value)}

    def instructions(self) -> Iterator[Instruction]:
        """Yield the instructions of all stages."""
        for stage in self.stages:
            yield from stage.instructions

    def parent(self, index: int) -> int | None:
        """Return which earlier stage a stage is made from, None where its base is an image."""
        return _stage(self, expand(self.stages[index].base, self.values({})), index, by_number=False)

    def lineage(self, index: int) -> tuple[int, ...]:
        """Return the stages that a stage consists of, the outermost base first, itself last."""
        stages, at = [index], self.parent(index)
        while at is not None:
            stages.append(at)
            at = self.parent(at)
        return tuple(reversed(stages))

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return what a FROM sees: arguments before the first stage, as given or by default, and the automatic ones."""
        values = {name: given[name] for name in AUTOMATIC if name in given}
        for name, default in self.arguments.items():
            values[name] = given[name] if name in given else expand(default, values)
        return values


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile's text; what is no instruction is left out, as a linter says it."""
    bodies: dict[int, list[list[str]]] = {}
    plain = "\n".join(dockerlines.plain(text.removeprefix("\ufeff"), bodies))
    # The library reads bytes as UTF-8, the builder whatever comes: a letter of another encoding is no reason to fail.
    stream = io.BytesIO(plain.encode("utf-8", "replace"))
    arguments: dict[str, str] = {}
    header: list[Instruction] = []
    begun: list[tuple[Stage, list[Instruction]]] = []
    astray = 0
    for item in DockerfileParser(fileobj=stream).structure:  # type: ignore[arg-type]  # it reads bytes
        line = item["startline"] + 1
        texts = tuple("\n".join(body) for body in bodies.get(line, ()))
        step = Instruction(item["instruction"], item["value"], line, texts)
        if step.keyword == "FROM" and (match := _FROM.match(step.value)):
            begun.append((Stage(match["name"] or "", match["image"].strip("\"'"), (), step.line), []))
        elif begun and step.keyword != "COMMENT":
            begun[-1][1].append(step)
        elif step.keyword == "ARG":
            header.append(step)
            arguments.update(_assignments(step.value))
        elif step.keyword != "COMMENT":
            astray = astray or step.line
    stages = tuple(replace(stage, instructions=tuple(steps)) for stage, steps in begun)
    return Dockerfile(arguments, stages, astray, tuple(header))


def _assignments(value: str) -> list[tuple[str, str]]:
    words = [word.partition("=") for word in value.split()]
    return [(name, default.strip("\"'")) for name, _, default in words]


def external_images(
    file: Dockerfile, given: Mapping[str, str], target: str = "", contexts: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the images, in order, that a build of `target` (default: the last stage) takes from elsewhere.

    `given` are the build arguments, `contexts` the names of additional build contexts, which stand before images.
    Stages that the target does not need are left out, as BuildKit does. None where it cannot be built as it is: what would
    be the name of a stage looks like an image then.
    """
    if file.astray:
        return ()
    values = file.values(given)
    wanted = [_target(file, target)] if file.stages else []
    seen: set[int] = set()
    images: dict[str, None] = {}
    while wanted:
        index = wanted.pop()
        if index in seen:
            continue
        seen.add(index)
        for source in _sources(file.stages[index], values):
            stage = _stage(file, source.name, index, by_number=source.by_number)
            if stage is not None:
                wanted.append(stage)
            elif source.name.lower() != "scratch" and source.name not in contexts:
                images[source.name] = None
    return tuple(images)


def _target(file: Dockerfile, target: str) -> int:
    found = _stage(file, target, len(file.stages), by_number=True) if target else None
    return len(file.stages) - 1 if found is None else found


def _stage(file: Dockerfile, name: str, before: int, *, by_number: bool) -> int | None:
    """Return which stage a name means, of those `before` where it is used: `FROM nginx AS nginx` is no circle."""
    for index in reversed(range(before)):
        if file.stages[index].name and file.stages[index].name.lower() == name.lower():
            return index
    number = int(name) if by_number and re.fullmatch("[0-9]{1,4}", name) else before
    return number if number < before else None


@dataclass(frozen=True)
class _Source:
    name: str
    by_number: bool


def _sources(stage: Stage, values: Mapping[str, str]) -> Iterator[_Source]:
    yield _Source(expand(stage.base, values), by_number=False)
    for step in stage.instructions:
        for name, value in _flags(step):
            if name == "from" and step.keyword == "COPY":
                yield _Source(expand(value, values), by_number=True)
            elif name == "mount" and step.keyword == "RUN":
                options = dict(option.partition("=")[::2] for option in value.split(","))
                if options.get("from"):
                    yield _Source(expand(options["from"], values), by_number=True)


def _flags(step: Instruction) -> Iterator[tuple[str, str]]:
    """Yield the flags of an instruction: what begins with -- before anything else, so not those of a command."""
    place = 0
    while match := _FLAG.match(step.value, place):
        yield match["name"], match["value"].strip("\"'")
        place = match.end()


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} as a Dockerfile does, from the innermost out."""

    def one(match: re.Match[str]) -> str:
        value = values.get(match["plain"] or match["name"], "")
        if match["how"] in ("-", ":-"):
            return value or match["word"]
        if match["how"] in ("+", ":+"):
            return match["word"] if value else ""
        return value

    for _ in range(_NESTED):
        text, before = VARIABLE.sub(one, text), text
        if text == before:
            break
    return text
