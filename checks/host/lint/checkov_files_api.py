"""Which files checkov's frameworks look into, and which of them they could not read.

Loaded by checkov_api.py, in the tool's interpreter.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ALONE = (
    *("azure_pipelines", "bitbucket_pipelines", "circleci_pipelines"),
    *("cloudformation", "github_actions", "gitlab_ci"),
)
"""Frameworks for which each file stands for itself. They get one at a time: one that makes checkov fail costs no other."""
TOGETHER = ("terraform_json",)
"""Frameworks for which what is in one file may matter to another."""
PARSERS = {
    "ansible": ("checkov.ansible.utils", "parse_file"),
    "kubernetes": ("checkov.kubernetes.parser.parser", "parse"),
}
MARKS = {"cloudformation": {"Resources"}, "github_actions": {"on", "jobs"}}
"""The keys without which a file is no template and no workflow, whatever it is called."""
_RESOURCES = re.compile(rb"^[ \t]*[\"']?Resources[\"']?\s*:|[{,]\s*[\"']?Resources[\"']?\s*:", re.MULTILINE)
YAML = (".yaml", ".yml")


def chosen(files: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the files by framework, of CloudFormation only what may be a template: to look is cheaper than to import."""
    found = {
        name: [path for path in paths if name != "cloudformation" or _RESOURCES.search(Path(path).read_bytes())]
        for name, paths in files.items()
    }
    return {name: paths for name, paths in found.items() if paths or not files[name]}


def hand_over(files: Mapping[str, Collection[str]]) -> None:
    """Let the frameworks that take files by name or content look into exactly these, and not into a whole folder."""
    for name in files:
        if name in ALONE or name in TOGETHER:
            module: Any = import_module(f"checkov.{name}.runner")
            runner = module.TerraformJsonRunner if name in TOGETHER else module.Runner
            runner.run = _run(name, tuple(files[name]), runner.run)


def _run(name: str, paths: Collection[str], original: Callable[..., Any]) -> Callable[..., Any]:
    output: Any = import_module("checkov.common.output.report")

    def run(runner: Any, *_: object, external_checks_dir: Any = None, runner_filter: Any, **_more: object) -> Any:
        report, runner.taken, runner.failed = output.Report(name), set(), {}
        wanted = [f"./{path}" for path in paths if not is_excluded(path, runner, runner_filter.excluded_paths)]
        groups = [[path] for path in wanted] if name in ALONE else [wanted]
        while groups and groups[0]:
            group, one = groups.pop(0), type(runner)()
            try:
                found = original(
                    one, None, external_checks_dir=external_checks_dir, files=group, runner_filter=runner_filter
                )
            except Exception as error:
                if len(group) > 1:
                    groups = [[path] for path in group]
                else:
                    runner.failed[relative(group[0])] = f"{type(error).__name__}: {error}"
            else:
                output.merge_reports(report, found)
                runner.taken.update(map(relative, one.definitions_raw))
            external_checks_dir = None  # they are loaded
        runner.unparsed = {relative(path) for path in report.parsing_errors}
        report.parsing_errors = []  # `unread` says more of them
        return report

    return run


def relative(path: str) -> str:
    """Return a path as one below this folder."""
    root = str(Path.cwd())
    return os.path.relpath(path, root) if path.startswith((f"{root}/", "./")) else path.lstrip("/")


def is_excluded(path: str, runner: Any, excluded: list[str]) -> bool:
    """Return whether checkov passes over a file or a folder above it: for its name, or for what `skip-path` says."""
    parts = path.split("/")
    # Terraform's JSON is read wherever it is.
    seen = parts if runner.check_type in TOGETHER else runner.included_paths()
    left_out: Any = import_module("checkov.common.runners.base_runner").filter_ignored_paths
    for at, part in enumerate(parts):
        names = [part]
        left_out("/".join((".", *parts[:at])), names, excluded, seen)
        if not names:
            return True
    return False


def unread(app: Any, framework: str, question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a framework was to look into and passed over because it could not parse it; no templates of YAML."""
    if framework not in (*PARSERS, *ALONE, *TOGETHER):
        return
    runner = next(one for one in app.runners if one.check_type == framework)
    taken = (str(Path(path).absolute()) for path in runner.definitions or ())
    read = {os.path.normpath(relative(path)) for path in taken} if framework in PARSERS else runner.taken
    excluded = app.config.skip_path or []
    for path in question["files"][framework]:
        is_template = path.endswith(YAML) and path in question["templates"]
        if path in read or is_template or is_excluded(path, runner, excluded):
            continue
        try:
            trouble = _unparsed(framework, path) if framework in PARSERS else _passed_over(runner, path)
        except Exception as error:
            trouble = {"line": 1, "why": f"{type(error).__name__}: {error}"}
        if trouble:
            yield {"path": path, **trouble}


def _unparsed(framework: str, path: str) -> dict[str, Any]:
    module, name = PARSERS[framework]
    if not path.endswith(YAML) or getattr(import_module(module), name)(path):
        return {}
    return _syntax(path)


def _passed_over(runner: Any, path: str) -> dict[str, Any]:
    """Return why there is nothing of a file; nothing where nothing in it is the framework's."""
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    is_json = path.endswith(".json") or (text.lstrip().startswith("{") and not path.endswith(YAML))
    trouble = _json(text) if is_json else _syntax(path)
    if trouble["line"]:
        return {} if is_json and path not in runner.unparsed else trouble
    if path in runner.failed:
        return {"line": 1, "why": runner.failed[path]}
    known = _keys(json.loads(text)) if is_json else _yaml_keys(text)
    return trouble if known and known >= MARKS.get(runner.check_type, set()) else {}


def _keys(value: object) -> set[str]:
    return {*value} - {"//"} if isinstance(value, dict) else {""}


def _yaml_keys(text: str) -> set[str]:
    """Return the keys at the top of each document of a YAML file, "" for one that is a list."""
    yaml: Any = import_module("yaml")
    roots = [root for root in yaml.compose_all(text, Loader=yaml.CSafeLoader) if root is not None and root.value]
    keys = (str(key.value) for root in roots if isinstance(root, yaml.MappingNode) for key, _ in root.value)
    return {*keys, *("" for root in roots if isinstance(root, yaml.SequenceNode))}


def _json(text: str) -> dict[str, Any]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return {"line": error.lineno, "why": error.msg}
    return {"line": 0, "why": ""}


def _syntax(path: str) -> dict[str, Any]:
    """Return where YAML is broken, line 0 where it is not, and why."""
    yaml: Any = import_module("yaml")
    try:
        for _ in yaml.parse(Path(path).read_bytes(), Loader=yaml.CSafeLoader):
            pass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return {"line": mark.line + 1 if mark else 1, "why": str(getattr(error, "problem", "") or error)}
    return {"line": 0, "why": ""}
