"""Shell text into its commands, as far as that goes without running it: words, and what stands between commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks import instructions
from checks.dockerfile import Instruction

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
OPERATORS = ";&|()\n"
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(?:^|(?<=[\s;]))#[^\n]*")
_REDIRECTION = re.compile(r"\d*>&[\d-]+|&>>?\s*\S+")
_CRUDE = re.compile(rf"([{re.escape(OPERATORS)}]+)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=.*", re.DOTALL)
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "exec"})
_WRAPPERS = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "--user", "--group"}),
    "env": frozenset({"-u", "-C", "--unset"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "timeout": frozenset({"-k", "-s"}),
    "eatmydata": frozenset[str](),
    "nohup": frozenset[str](),
    "command": frozenset[str](),
}
"""Commands that run another one, and their options that take a value."""


@dataclass(frozen=True)
class Command:
    """The words of a simple command, and the operator behind it: `&&`, `;`, `|`, a line's end …, "" for none."""

    words: tuple[str, ...]
    operator: str = ""

    @property
    def bare(self) -> tuple[str, ...]:
        """Return the words from the program's name on: without keywords, assignments and commands such as sudo."""
        rest = list(self.words)
        while rest:
            if rest[0] in _KEYWORDS or _ASSIGNMENT.fullmatch(rest[0]):
                rest.pop(0)
            elif rest[0].rpartition("/")[2] in _WRAPPERS:
                rest = _unwrapped(rest)
            else:
                break
        return tuple(rest)

    @property
    def program(self) -> str:
        """Return the program's name without its folder, "" where there is none."""
        bare = self.bare
        return bare[0].rpartition("/")[2] if bare else ""


def _unwrapped(words: list[str]) -> list[str]:
    name = words[0].rpartition("/")[2]
    valued, at = _WRAPPERS[name], 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in valued else 1
    return words[at + (name == "timeout") :]


def commands(text: str) -> list[Command]:
    """Return the simple commands of a text in order, those in parentheses and substitutions too."""
    plain = _REDIRECTION.sub(" ", _COMMENT.sub("", _CONTINUED.sub(" ", text)))
    lexer = shlex.shlex(plain, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        parts = list(lexer)
    except ValueError:  # a quote that nobody closes: good enough for words
        parts = [part for piece in _CRUDE.split(plain) for part in ([piece] if _operator(piece) else piece.split())]
    return list(_grouped(parts))


def _grouped(parts: Sequence[str]) -> Iterator[Command]:
    words: list[str] = []
    for part in parts:
        if not _operator(part):
            words.append(part)
        elif words:
            yield Command(tuple(words), part.strip() or "\n")
            words = []
    if words:
        yield Command(tuple(words))


def _operator(part: str) -> bool:
    return bool(part) and not part.strip(OPERATORS)


def script(argv: Sequence[str]) -> str | None:
    """Return the text that a shell is started with (`sh -c TEXT`), None where `argv` is something else."""
    words = Command(tuple(argv)).bare
    if not words or words[0].rpartition("/")[2] not in SHELLS:
        return None
    rest = list(words[1:])
    while rest and rest[0].startswith(("-", "+")):
        option = rest.pop(0)
        if option in ("--rcfile", "--init-file") or (option[1:2] != "-" and option.endswith("o")):
            rest = rest[1:]
        elif not option.startswith("--") and "c" in option:
            while rest and rest[0].startswith(("-", "+")) and rest[0] != "-":  # `sh -c -e TEXT`
                rest.pop(0)
            return rest[0] if rest else None
    return None


def of_run(step: Instruction) -> list[Command]:
    """Return the commands of a RUN: of its shell form, its exec form, its `sh -c`, or its here-documents."""
    rest = instructions.said(step).rest
    argv = instructions.exec_form(rest)
    if argv is not None:
        text = script(argv)
        return commands(text) if text is not None else [Command(argv)]
    found = commands(rest)
    if step.bodies and all(_reads_script(command) for command in found):
        return [command for body in step.bodies if _is_shell(body) for command in commands(body)]
    return found


def _reads_script(command: Command) -> bool:
    """Return whether a command only takes a here-document for a script: `<<EOF`, `sh <<EOF`."""
    words = [word for word in command.words if not word.startswith("<<")]
    return not words or (words[0].rpartition("/")[2] in SHELLS and all(word.startswith("-") for word in words[1:]))


def _is_shell(body: str) -> bool:
    first = body.lstrip().partition("\n")[0]
    return not first.startswith("#!") or any(word.rpartition("/")[2] in SHELLS for word in first[2:].split()[:2])
