"""What a schema asks for where a file has something else, as facts: never what the file holds.

Of several forms that a schema allows, jsonschema reports every way of not being one of them. Here the form is chosen that
the file is nearest to, and what keeps it from that.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

_SHOWN = 20
_EXPRESSION = re.compile(r"\s*\$\{\{.*\}\}\s*", re.DOTALL)
"""What GitHub computes when the workflow runs: of any type."""

Fact = dict[str, Any]
"""`path`: keys and numbers of items; `keyword`: of the schema; and what else belongs to that keyword."""


class Error(Protocol):
    """What jsonschema's ValidationError has, as far as it is read here."""

    instance: Any
    schema: Any
    validator: Any
    validator_value: Any
    message: str
    context: Sequence[Any]
    absolute_path: Sequence[str | int]
    relative_path: Sequence[str | int]
    absolute_schema_path: Sequence[str | int]
    relative_schema_path: Sequence[str | int]


def closest(error: Error, root: Any) -> list[Fact]:
    """Return what is wrong with the nearest form; `root` is the whole schema. Empty for what only follows from others."""
    if not error.context:
        return list(_facts(error, root))
    forms: dict[Any, list[Error]] = {}
    for inner in error.context:
        forms.setdefault(inner.relative_schema_path[0], []).append(inner)
    ranked = sorted(forms.values(), key=_distance)
    nearest = [form for form in ranked if _distance(form) == _distance(ranked[0])]
    return _any_of(error, nearest, root) or [fact for one in nearest[0] for fact in closest(one, root)]


def _any_of(error: Error, forms: list[list[Error]], root: Any) -> list[Fact]:
    """Return one fact for forms that are equally near, where all want another type, or one more key, in this place."""
    if len(forms) == 1 or any(len(form) > 1 for form in forms):
        return []
    facts = [fact for form in forms for fact in closest(form[0], root)]
    for keyword, what in (("type", "expected"), ("required", "names")):
        if facts and all(_is_here(fact, error, keyword) for fact in facts):
            names = dict.fromkeys(name for fact in facts for name in fact[what])
            return [{**facts[0], "keyword": f"{keyword}-any", what: list(names)}]
    return []


def _is_here(fact: Fact, error: Error, keyword: str) -> bool:
    return fact["path"] == list(error.absolute_path) and fact["keyword"] in (keyword, f"{keyword}-any")


def _distance(form: list[Error]) -> tuple[int, ...]:
    """Return how far a file is from a form: another type is farthest, then another word, then what is wrong right here."""
    here = [error for error in form if not error.relative_path]
    words = [one for one in form if one.validator in ("const", "enum") and len(one.relative_path) <= 1]
    deepest = max(len(error.relative_path) for error in form)
    return any(map(_is_other_type, here)), len(words), len(here), -deepest, len(form)


def _is_other_type(error: Error) -> bool:
    if not error.context:
        return bool(error.validator == "type")
    return all(not inner.relative_path and _is_other_type(inner) for inner in error.context)


def _facts(error: Error, root: Any) -> Iterator[Fact]:
    path, keyword = list(error.absolute_path), str(error.validator)
    base: Fact = {"path": path, "keyword": keyword}
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        yield {**base, "path": [*path, error.instance], "keyword": "propertyNames"}
    elif keyword in ("additionalProperties", "unevaluatedProperties") and isinstance(error.instance, dict):
        known = _declared(error.schema, root, 0)
        for name in _unexpected(error, known):
            yield {**base, "path": [*path, name], "near": difflib.get_close_matches(name, sorted(known), 1)}
    else:
        details = _DETAILS.get(keyword)
        yield {**base, **(details(error) if details else {})}


def _declared(schema: Any, root: Any, depth: int) -> set[str]:
    """Return the keys that a schema knows, also by the parts that it is put together from."""
    if not isinstance(schema, dict) or depth > 10:
        return set()
    parts = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, [])]
    parts += [_resolved(str(schema["$ref"]), root)] if "$ref" in schema else []
    return set(schema.get("properties", {})).union(*(_declared(part, root, depth + 1) for part in parts))


def _resolved(reference: str, root: Any) -> Any:
    found = root
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _unexpected(error: Error, known: set[str]) -> list[str]:
    """Return the keys that no schema knows: where a part fails, jsonschema calls all of its keys unevaluated."""
    declared = known if error.validator == "unevaluatedProperties" else error.schema.get("properties", {})
    extra = [name for name in error.instance if name not in declared]
    try:
        patterns = [re.compile(pattern) for pattern in error.schema.get("patternProperties", {})]
    except re.error:  # one of ECMAScript's that Python does not know
        return [name for name in extra if repr(name) in error.message]
    return [name for name in extra if not any(pattern.search(name) for pattern in patterns)]


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _wrong_type(error: Error) -> Fact:
    wanted = error.validator_value
    said = {"expected": list(wanted) if isinstance(wanted, list) else [wanted], "found": _type_of(error.instance)}
    computed = isinstance(error.instance, str) and _EXPRESSION.fullmatch(error.instance) is not None
    return {**said, "computed": True} if computed else said


def _allowed(error: Error) -> Fact:
    allowed = [one if isinstance(one, str) else json.dumps(one) for one in error.validator_value]
    near = difflib.get_close_matches(error.instance, allowed, 1) if isinstance(error.instance, str) else []
    return {"allowed": allowed[:_SHOWN], "more": len(allowed[_SHOWN:]), "near": near}


def _missing(error: Error) -> Fact:
    wanted = error.validator_value
    return {"names": [one for one in wanted if one not in error.instance]}


def _dependent(error: Error) -> Fact:
    wanted = error.validator_value
    needs = {name: need for name, need in wanted.items() if name in error.instance and isinstance(need, list)}
    missing = {one: name for name, need in needs.items() for one in need if one not in error.instance}
    return {"names": list(missing), "because": list(dict.fromkeys(missing.values()))}


def _limit(error: Error) -> Fact:
    value = error.validator_value
    return {"limit": value if isinstance(value, int | float) else str(value)[:80]}


def _forbidden(error: Error) -> Fact:
    schema = error.validator_value
    return {"names": list(schema.get("required", [])) if isinstance(schema, dict) else []}


_LIMITS = ("pattern", "format", "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "minProperties")
_DETAILS: dict[str, Callable[[Error], Fact]] = {
    "type": _wrong_type,
    "required": _missing,
    "enum": _allowed,
    "const": lambda error: {"allowed": [json.dumps(error.validator_value)[:80]], "more": 0, "near": []},
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "not": _forbidden,
    **dict.fromkeys((*_LIMITS, "maxProperties", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _limit),
}
