"""check-jsonschema: compose files, and what CI services read, against the schemas that it carries.

Takes what checks.lint.composefiles and checks.lint.cifiles find, each with its schema; a rule is a schema's name. Runs
through check-jsonschema's own parts in a process (checks/host/lint/jsonschema_api.py): its command line takes one schema at a
time, 0.3 s for each, knows no line, and quotes whole values, encrypted and plain ones. What is no YAML is a finding of rule
`syntax`, what holds a key twice one of `duplicate-key`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checks.lint import cifiles, composefiles, fields
from checks.lint.batches import Tools, crashed, each, ended_badly, make, split
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, Unit
from checks.repository import Repository

NAME = "check-jsonschema"
CONFIG = ()
STARTUP = 0.35
"""Seconds that it takes to begin."""

_PAGES = {
    "compose-spec": "https://docs.docker.com/reference/compose-file/",
    "dependabot": "https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference",
    "github-actions": "https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax",
    "github-workflows": "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax",
    "gitlab-ci": "https://docs.gitlab.com/ci/yaml/",
    "travis": "https://docs.travis-ci.com/user/build-config-validation/",
}


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return the files that have a schema, each by itself."""
    known = _schemas(repository)
    return each(repository.by_path[path] for path in sorted(known))


def jobs(repository: Repository, wanted: Sequence[Unit], tools: Tools) -> list[Job]:
    """Return one job per group of files; their names and schemas go to standard input."""
    known = _schemas(repository)
    made = []
    for group in split(repository.files_of(wanted), tools.workers):
        if group:
            job = make(NAME, tools.commands[NAME], group, stdin=True, startup=STARTUP)
            made.append(replace(job, stdin=json.dumps([[path, known[path]] for path in job.files])))
    return made


def _schemas(repository: Repository) -> Mapping[str, str]:
    return {**{file.path: "compose-spec" for file in composefiles.found(repository)}, **cifiles.schemas(repository)}


def read(job: Job, done: Done) -> Findings | ToolError:
    """Return the findings of the JSON object; a file without an answer is an error."""
    bad = ended_badly(job, done, expected=(0,))
    if bad:
        return bad
    try:
        asked = {fields.text(path): fields.text(schema) for path, schema in json.loads(job.stdin or "[]")}
        answers = fields.mapping(fields.mapping(json.loads(done.out)).get("files"))
        found = [_answered(path, schema, fields.mapping(answers.get(path))) for path, schema in asked.items()]
        return Findings(tuple(finding for one in found for finding in one))
    except (ValueError, TypeError, RecursionError) as error:
        return crashed(job, done, f"its output is not what it should be: {error}")


def _answered(path: str, schema: str, answer: Mapping[str, Any]) -> list[Finding]:
    if "unreadable" in answer:
        reason = f"cannot be read: {fields.text(answer['unreadable'])}"
        return [Finding(NAME, "unreadable", Severity.ERROR, path, 0, 0, reason)]
    if "unchecked" in answer:
        reason = f"not checked: the schema {schema} refers to another one that is not here"
        return [Finding(NAME, "unchecked", Severity.INFO, path, 0, 0, reason)]
    if "error" in answer:
        place = fields.number(answer.get("line")), fields.number(answer.get("column"))
        said = fields.text(answer["error"])
        rule = "duplicate-key" if said.startswith("found duplicate key") else "syntax"
        return [Finding(NAME, rule, Severity.ERROR, path, *place, said)]
    found = [_problem(path, schema, fields.mapping(item)) for item in fields.listed(answer.get("problems"))]
    more = fields.number(answer.get("more"))
    rest = [Finding(NAME, schema, Severity.ERROR, path, 0, 0, f"{more} more mistakes like these")] if more else []
    return found + rest


def _problem(path: str, schema: str, fact: Mapping[str, Any]) -> Finding:
    computed = fact.get("computed") is True
    return Finding(
        NAME,
        schema,
        Severity.INFO if computed else Severity.ERROR,
        path,
        fields.number(fact.get("line")),
        fields.number(fact.get("column")),
        _message(fact) + (": what the expression comes to is not known here" if computed else ""),
        _PAGES.get(schema, ""),
    )


def _message(fact: Mapping[str, Any]) -> str:
    keyword = fields.text(fact.get("keyword"))
    steps = [step for step in fields.listed(fact.get("path")) if isinstance(step, str | int)]
    of_key = keyword in ("additionalProperties", "unevaluatedProperties", "propertyNames") and steps
    where = _where(steps[:-1] if of_key else steps)
    said = _unknown_key(steps[-1], fact) if of_key else _WORDS.get(keyword, _otherwise)(fact)
    return f"{where}: {said}" if where else said


def _where(steps: Sequence[str | int]) -> str:
    """Return a path as people write it: `jobs.build.steps[0]`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in steps)
    return "".join(parts).removeprefix(".")


def _key(name: str) -> str:
    return name[:80] if re.fullmatch(r"[\w./*-]+", name) else json.dumps(name[:80], ensure_ascii=False)


def _names(fact: Mapping[str, Any], of: str, joined: str = " or ") -> str:
    names = [fields.text(name) for name in fields.listed(fact.get(of))]
    more = fields.number(fact.get("more", 0))
    return joined.join(f"`{name[:80]}`" for name in names) + (f" or {more} more" if more else "")


def _near(fact: Mapping[str, Any]) -> str:
    return f"; did you mean {_names({'near': fact['near']}, 'near')}?" if fact.get("near") else ""


def _unknown_key(name: str | int, fact: Mapping[str, Any]) -> str:
    return f"the key {_key(str(name))} is not known here{_near(fact)}"


def _type(fact: Mapping[str, Any]) -> str:
    expected = " or ".join(fields.text(name) for name in fields.listed(fact.get("expected")))
    return f"expected {expected}, found {fields.text(fact.get('found'))}"


def _required(fact: Mapping[str, Any]) -> str:
    names = _names(fact, "names", " and ")
    return f"{names} {'are' if ' and ' in names else 'is'} missing"


def _dependent(fact: Mapping[str, Any]) -> str:
    return f"with {_names(fact, 'because', ' and ')} also {_names(fact, 'names', ' and ')} is needed"


def _forbidden(fact: Mapping[str, Any]) -> str:
    names = _names(fact, "names", " and ")
    return (
        f"{names} must not be here{' together' if ' and ' in names else ''}" if names else "is not allowed in this form"
    )


def _limit(words: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda fact: words.format(fact.get("limit"))


def _otherwise(fact: Mapping[str, Any]) -> str:
    keyword = fields.text(fact.get("keyword"))
    return f"is not what the schema asks for{f' ({keyword})' if keyword not in ('', 'None') else ''}"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "type": _type,
    "type-any": _type,
    "required": _required,
    "required-any": lambda fact: f"one of {_names(fact, 'names')} is missing",
    "enum": lambda fact: f"expected {_names(fact, 'allowed')}{_near(fact)}",
    "const": lambda fact: f"expected {_names(fact, 'allowed')}",
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "not": _forbidden,
    "oneOf": lambda _: "fits several forms that exclude each other",
    "anyOf": lambda _: "fits none of the forms that are allowed",
    "uniqueItems": lambda _: "holds the same item twice",
    "pattern": _limit("does not match the pattern {}"),
    "format": _limit("is no {}"),
    "minItems": _limit("needs {} or more items"),
    "maxItems": _limit("may hold at most {} items"),
    "minLength": _limit("needs {} or more characters"),
    "maxLength": _limit("may hold at most {} characters"),
    "minProperties": _limit("needs {} or more keys"),
    "maxProperties": _limit("may hold at most {} keys"),
    "minimum": _limit("must be at least {}"),
    "maximum": _limit("must be at most {}"),
}


def version(tools: Tools) -> Job:
    """Return the command that says the version."""
    return Job(NAME, (*tools.commands[NAME], "--version"), limit=10)


def read_version(done: Done) -> str:
    """Read `0.39.0`."""
    match = re.fullmatch(r"(\d[\w.+-]*)\s*", done.out)
    return match[1] if match else ""
