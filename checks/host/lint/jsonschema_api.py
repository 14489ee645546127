"""check-jsonschema in a process of its own: a JSON array of [path, schema] on standard input, a JSON object on standard output.

Run as a script, not imported. Does what `check-jsonschema --builtin-schema vendor.SCHEMA PATH` does, by its own parts, for
many files and schemas at once, and says of every mistake where it is and what the schema asks for, never what the file
holds. It goes further in two things: a stream of several documents, where the format has them, and compose's own tags.
No schema is asked for in the network.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

if __name__ == "__main__" and sys.argv[1:] == ["--version"]:  # what follows takes two seconds
    print(metadata.version("check-jsonschema"))
    sys.exit()

if "rfc3987_syntax" not in sys.modules:
    # Where it is installed, jsonschema imports it for the formats `iri` and `iri-reference`, and its grammar takes longer
    # than all the rest together, 1.3 s. No schema that check-jsonschema carries asks for them.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

import ruamel.yaml
from check_jsonschema.catalog import SCHEMA_CATALOG
from check_jsonschema.formats import FormatOptions
from check_jsonschema.parsers.yaml import construct_yaml_implementation
from check_jsonschema.regex_variants import RegexImplementation, RegexVariantName
from check_jsonschema.schema_loader import BuiltinSchemaLoader
from check_jsonschema.transforms import TRANSFORM_LIBRARY, Transform
from referencing import Registry
from referencing.exceptions import Unresolvable
from ruamel.yaml.error import MarkedYAMLError, YAMLError

sys.path.insert(0, str(Path(__file__).parents[3]))  # the code beside this file, not another installation's

from checks.lint import yamlnodes
from checks.lint.schemafacts import Fact, closest

STREAMS = ("compose-spec", "drone-ci", "gitlab-ci", "woodpecker-ci")
"""The formats whose own programs read several documents from one file."""
MOST_VALUES = 500_000
"""Values, each alias counted as what it stands for, beyond which no file is validated: it would take minutes."""
MOST_PROBLEMS = 100
_RESET = object()


class UnusableError(Exception):
    """A file cannot be validated, and why."""


def main() -> None:
    """Answer one question."""
    json.dump({"files": {path: _answer(path, schema) for path, schema in json.load(sys.stdin)}}, sys.stdout)


def _answer(path: str, schema: str) -> Fact:
    try:
        data = Path(path).read_bytes()
        return _validated(data, _documents(data, schema), _validator(schema))
    except OSError as error:
        return {"unreadable": str(error.strerror)}
    except Unresolvable:
        return {"unchecked": True}
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _mistake(data, _reason(error), mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
    except (YAMLError, UnusableError, ValueError) as error:
        return _mistake(data, str(error).partition("\n")[0], 1, 1)
    except RecursionError:
        return _mistake(data, "nested too deeply, or a part of itself", 1, 1)


def _mistake(data: bytes, reason: str, line: int, column: int) -> Fact:
    """Return why a file is no YAML, in the words and at the place of other linters where they see a mistake too."""
    try:
        yamlnodes.documents(data.decode("utf-8-sig"))
    except yamlnodes.NotYamlError as error:
        return {"error": str(error), "line": error.line, "column": error.column}
    except UnicodeDecodeError:
        pass  # another encoding, which the loader knows how to read
    return {"error": reason, "line": line, "column": column}


def _reason(error: MarkedYAMLError) -> str:
    """Return what is wrong, without the values that the parser quotes."""
    doubled = re.match(r'found duplicate key "([^"]*)"', error.problem or "")
    return f'found duplicate key "{doubled[1]}"' if doubled else (error.problem or error.context or "no YAML")


def _validated(data: bytes, documents: dict[int, Any], validator: Any) -> Fact:
    found = [
        {**fact, "document": number}
        for number, document in documents.items()
        for error in validator.iter_errors(document)
        for fact in closest(error, validator.schema) or [{"path": list(error.absolute_path), "keyword": ""}]
    ]
    unique = list({json.dumps(one, sort_keys=True): one for one in found}.values())
    problems = [one for one in unique if one["keyword"]] or unique
    return {"problems": _placed(data, problems[:MOST_PROBLEMS]), "more": len(problems[MOST_PROBLEMS:])}


def _placed(data: bytes, problems: list[Fact]) -> list[Fact]:
    """Return the problems with line and column."""
    try:
        nodes = yamlnodes.documents(data.decode("utf-8-sig")) if problems else ()
    except (yamlnodes.NotYamlError, UnicodeDecodeError):
        nodes = ()  # the loader of check-jsonschema read it: there is a mistake in it, and nobody can say where
    for problem in problems:
        inside = problem["document"] < len(nodes)
        place = yamlnodes.place(nodes[problem["document"]], problem["path"]) if inside else (1, 1)
        problem["line"], problem["column"] = place
    return problems


def _documents(data: bytes, schema: str) -> dict[int, Any]:
    """Return what a file holds by the number of the document; empty ones only where there is nothing else."""
    transform = TRANSFORM_LIBRARY.get(schema, Transform())
    loader = construct_yaml_implementation()
    transform.modify_yaml_implementation(loader)
    if schema == "compose-spec":
        loader.Constructor.add_constructor("!reset", lambda *_: _RESET)
        loader.Constructor.add_constructor("!override", _plain)
    found = list(loader.load_all(data))
    if len(found) > 1 and schema not in STREAMS:
        raise UnusableError("expected a single document in the stream")
    if _count(found, {}) > MOST_VALUES:
        raise UnusableError(f"its aliases stand for more than {MOST_VALUES} values")
    full = {number: one for number, one in enumerate(found) if one is not None} or {0: None}
    known: dict[int, Any] = {}
    return {
        number: transform(_normalized(one, known)) if isinstance(one, dict | list) else one
        for number, one in full.items()
    }


def _plain(constructor: Any, node: Any) -> Any:
    if isinstance(node, ruamel.yaml.MappingNode):
        return constructor.construct_mapping(node, deep=True)
    if isinstance(node, ruamel.yaml.SequenceNode):
        return constructor.construct_sequence(node, deep=True)
    return constructor.construct_scalar(node)


def _count(value: Any, known: dict[int, int]) -> int:
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = MOST_VALUES  # for what is a part of itself
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count(part, known) for part in parts)
    return known[id(value)]


def _normalized(value: Any, known: dict[int, Any]) -> Any:
    """Return a value with texts as keys, as check-jsonschema has them, what is shared still shared."""
    if not isinstance(value, dict | list):
        return value
    if id(value) not in known:
        if isinstance(value, dict):
            known[id(value)] = {str(key): _normalized(part, known) for key, part in value.items() if part is not _RESET}
        else:
            known[id(value)] = [_normalized(part, known) for part in value if part is not _RESET]
    return known[id(value)]


@cache
def _validator(schema: str) -> Any:
    arguments = SCHEMA_CATALOG[schema]["hook_config"].get("add_args", [])
    variant = arguments[arguments.index("--regex-variant") + 1] if "--regex-variant" in arguments else "default"
    regex = RegexImplementation(RegexVariantName(variant))
    loader = BuiltinSchemaLoader(f"vendor.{schema}")
    made: Any = loader.get_validator("", {}, FormatOptions(regex_impl=regex), regex, fill_defaults=False)
    return made.evolve(registry=Registry())  # one that fetches nothing


if __name__ == "__main__":
    main()
