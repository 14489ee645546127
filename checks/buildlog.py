"""What a builder's plain output says of a failure: the step, its last lines, the line of the Dockerfile."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks import dockerfile

_STEP = re.compile(r"^#(?P<id>\d+) (?P<name>\[.*)$")
_SAID = re.compile(r"^#(?P<id>\d+) \d+\.\d+ (?P<text>.*)$")
_FAILED = re.compile(r"^#(?P<id>\d+) ERROR: (?P<reason>.*)$")
_UNSOLVED = re.compile(r"^(?:failed to solve: )(?:.*failed to create LLB definition: )?(?P<reason>.*)$")
_PARSE_ERROR = re.compile(r"dockerfile parse error (?:on )?line (?P<line>\d+)")
_NEWER = (
    "Docker 23.0 or newer has it, and so has `# syntax=docker/dockerfile:1` in the first line, where a registry answers"
)
_OLD = {
    r"unsupported frontend capability moby\.buildkit\.frontend\.contexts": "this engine's builder is too old for"
    " additional_contexts: Docker 23.0 or newer has them",
    r"[Uu]nknown flag: (?:link|chmod|parents|exclude|keep-git-dir|checksum)": f"this builder is too old for that flag: {_NEWER}",
}
"""What builders say of things that they are too old for, and what that means."""
_INTERNAL = re.compile(r"\[(?:\S+ )?(?:internal|auth)\b")  # compose puts the service's name first


@dataclass(frozen=True)
class Failure:
    """Why a build failed: the step as the builder names it ("" where no step did), the reason, what the step said last.

    `line` is where the builder itself says that the Dockerfile is wrong.
    """

    step: str
    reason: str
    said: tuple[str, ...]
    line: int | None = None


def failure(output: str, lines: int = 20) -> Failure:
    """Find in a builder's plain output which step failed; `lines` of its output are kept, the last ones."""
    names: dict[str, str] = {}
    said: dict[str, list[str]] = {}
    failed: tuple[str, str] | None = None
    for line in output.split("\n"):
        if match := _STEP.match(line):
            names.setdefault(match["id"], match["name"])
        elif match := _SAID.match(line):
            said.setdefault(match["id"], []).append(match["text"])
        elif (match := _FAILED.match(line)) and (failed is None or "canceled" in failed[1]):
            # Steps that were cut off because another one failed say so too: the first that says why is the one.
            failed = (match["id"], match["reason"])
    if failed is None:
        return _without_step(output, lines)
    number, reason = failed
    return Failure(names.get(number, ""), reason, tuple(said.get(number, [])[-lines:]))


def _without_step(output: str, lines: int) -> Failure:
    last = output.strip().split("\n")[-lines:]
    match = next((match for line in reversed(last) if (match := _UNSOLVED.match(line))), None)
    if match is None:
        return Failure("", "", tuple(line for line in last if line))
    place = _PARSE_ERROR.search(match["reason"])
    return Failure("", match["reason"], (), int(place["line"]) if place else None)


def current_step(line: str) -> str:
    """Return the step that a line of the builder's output says has begun, "" for any other line."""
    match = _STEP.match(line)
    return match["name"] if match and not _INTERNAL.match(match["name"]) else ""


def describe(found: Failure, file: dockerfile.Dockerfile, name: str) -> list[str]:
    """Say a failure in lines: the place in the Dockerfile `name`, the step, the reason, and what it printed."""
    line = found.line or (line_of(file, found.step) if found.step else None)
    place = f"{name}:{line}" if line else name
    head = [f"{place}: {found.step}" if found.step else place]
    hints = [words for pattern, words in _OLD.items() if re.search(pattern, found.reason)]
    if "unknown instruction" in found.reason and _is_in_heredoc(file, line):
        hints.append(f"this builder is too old for here-documents: {_NEWER}")
    return [*head, *([found.reason] if found.reason else []), *(f"| {text}" for text in found.said), *hints]


def _is_in_heredoc(file: dockerfile.Dockerfile, line: int | None) -> bool:
    sizes = ((item.line, sum(body.count("\n") + 2 for body in item.bodies)) for item in file.instructions())
    return any(line is not None and first < line <= first + size for first, size in sizes)


def line_of(file: dockerfile.Dockerfile, step: str) -> int | None:
    """Return the line of what a builder names as `[stage 2/5] RUN make`, None where it is not found."""
    match = re.match(r"\[(?P<label>[^]]*)\]\s*(?P<what>.*)$", step, re.DOTALL)
    label, what = (match["label"].split(), match["what"]) if match else ([], step)
    stages = _labelled(file, label)
    base = what.partition(" ")[2].removeprefix("metadata for ") if what.startswith(("FROM ", "load metadata ")) else ""
    if base:
        return next((stage.line for stage in stages if stage.base and f"/{base}".endswith(f"/{stage.base}")), None)
    said = "".join(what.split())
    return next((item.line for stage in stages for item in stage.instructions if _is_said(item, said)), None)


def _labelled(file: dockerfile.Dockerfile, label: list[str]) -> list[dockerfile.Stage]:
    """Return the stages that a label means: `app 3/4` or `service app 3/4` of a named one, `stage-2 3/4` by number."""
    name = label[-2].lower() if len(label) > 1 else ""
    named = [stage for index, stage in enumerate(file.stages) if name in (stage.name.lower(), f"stage-{index}")]
    return named if name and named else list(file.stages)


def _is_said(item: dockerfile.Instruction, said: str) -> bool:
    """Whether the builder's words are this instruction; it prints variables filled in and here-documents in short."""
    text = "".join(f"{item.keyword}{item.value}".split())
    whole = "<<" not in text
    parts = dockerfile.VARIABLE.split(text)[:: dockerfile.VARIABLE.groups + 1]
    if len(parts) == 1:
        return said == text if whole else said.startswith(text)
    place = len(parts[0])
    for part in parts[1:]:
        found = said.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return said.startswith(parts[0]) and (said.endswith(parts[-1]) or not whole)
