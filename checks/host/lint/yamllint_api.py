"""yamllint in a process of its own: a JSON array of paths on standard input, a JSON object on standard output.

Run as a script, not imported: whatever yamllint does, it does it there. Does what `yamllint PATH…` does in the
current folder, one file at a time, so that a file that cannot be read costs nobody else's findings.
"""

from __future__ import annotations

import json
import locale
import os
import sys

import yamllint
from yamllint import linter
from yamllint.cli import find_project_config_filepath
from yamllint.config import YamlLintConfig, YamlLintConfigError


def main() -> None:
    """Answer one question."""
    if sys.argv[1:] == ["--version"]:
        print(yamllint.__version__)
        return
    paths = json.load(sys.stdin)
    config, name = None, "defaults"
    try:
        name = find_project_config_filepath()
        config = YamlLintConfig(file=name) if name else YamlLintConfig("extends: default")
        if config.locale is not None:
            locale.setlocale(locale.LC_ALL, config.locale)
    except (YamlLintConfigError, OSError, UnicodeDecodeError, locale.Error) as error:
        json.dump({"error": f"{os.path.normpath(name)}: {error}"}, sys.stdout)
        return
    json.dump({"files": {path: _answer(path, config) for path in paths}}, sys.stdout)


def _answer(path: str, config: YamlLintConfig) -> dict[str, object]:
    if config.is_file_ignored(path) or not config.is_yaml_file(path):
        return {"problems": [], "ignored": True}
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (pathlib would be one more import in a short process)
            problems = [_problem(problem) for problem in linter.run(file, config, path)]
    except Exception as error:  # whatever a file does to yamllint, the next one is read
        return {"error": f"{type(error).__name__}: {error}"}
    return {"problems": problems}


def _problem(problem: linter.LintProblem) -> dict[str, object]:
    return {
        "line": problem.line,
        "column": problem.column,
        "level": problem.level,
        "rule": problem.rule,
        "message": problem.desc,
    }


if __name__ == "__main__":
    main()
