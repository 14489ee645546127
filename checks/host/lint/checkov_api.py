"""checkov in a process of its own: a question as JSON on standard input, the answer as JSON on standard output.

Run as a script by the tool's own interpreter, in a copy that holds exactly what checkov is to see. It does what
`checkov -d . --framework … --skip-download --quiet --compact` does, by the same class, and says what that has in its
reports. What is different, and why:

- What is not asked for is not imported: that is half of the time that checkov takes for one file.
- All frameworks run in this process: there is other work for the other cores.
- A repository's configuration may leave out frameworks, checks and paths, or bring checks of its own; it cannot make
  checkov fetch anything, write anything, or answer anything else.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

CONFIG = (".checkov.yaml", ".checkov.yml")
FIXED: dict[str, Any] = {
    **dict.fromkeys(("add_check", "create_baseline", "list", "show_config", "support", "scan_secrets_history"), False),
    **dict.fromkeys(("bc_api_key", "docker_image", "file", "repo_id", "external_checks_git"), None),
    "download_external_modules": "False",
    "include_all_checkov_policies": True,
    "no_fail_on_crash": False,
    "directory": ["."],
    "output": ["json"],
    "skip_download": True,
}
"""Options that are not the repository's to set: what is scanned, and that nothing is fetched or written."""
_LIST = re.compile(r"\ufeff?(?:(?:[ \t\r]*(?:#[^\n]*)?|---[^\n]*|%[^\n]*)\n)*[ \t]*(?:-[ \n]|\[)")


def main() -> None:
    """Answer one question."""
    if sys.argv[1:] == ["--version"]:
        print(importlib.metadata.version("checkov"))
        return
    question = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # whatever is printed is no answer
        json.dump(_answer(question), out)


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return what it reports, or how far it came without: `import`, `configuration`, `scan`."""
    given = _load("checkov_files_api")
    question["files"] = given.chosen(question["files"])
    frameworks = list(question["files"])
    stage, error, app, said, answer = "import", "", None, io.StringIO(), {}
    os.environ["CHECKOV_PARALLELIZATION_TYPE"] = "none"
    try:
        with contextlib.redirect_stderr(said):
            _load("checkov_imports_api").leave_out(frameworks)
            checkov: Any = import_module("checkov.main").Checkov
            checkov.print_results = lambda _app, **_options: 0
            _look_only_into_lists(frameworks)
            _pass_over_what_cannot_be_parsed(frameworks)
            given.hand_over(question["files"])
            stage = "configuration"
            app = _configured(checkov, frameworks)
            stage = "scan"
            if app.config.framework:
                app.run()
            answer = {
                "reports": [_report(report, given.relative) for report in app.scan_reports],
                "unread": [entry for name in app.config.framework for entry in given.unread(app, name, question)],
                "frameworks": app.config.framework,
                "named": list(_named((*(app.config.check or ()), *(app.config.skip_check or ())))),
                "elsewhere": list(_named(app.elsewhere)),
            }
            stage = "end"
    except SystemExit:
        error = _reason(said.getvalue())
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
        traceback.print_exc()
    sys.stderr.write(said.getvalue())
    error = error.replace(f"{Path.cwd()}/", "")
    nothing: dict[str, Any] = {key: [] for key in ("reports", "unread", "frameworks", "named", "elsewhere")}
    return {"stage": stage, "error": error, **nothing, **answer}


def _load(name: str) -> Any:
    """Load a module from beside this one: their folder is not where Python looks, it has names that others have too."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _look_only_into_lists(frameworks: Collection[str]) -> None:
    """Let the framework for Ansible parse what is a list, as playbooks and tasks are, and not all that names something."""
    if "ansible" not in frameworks:
        return
    runner: Any = import_module("checkov.ansible.runner")
    original = runner.get_relevant_file_content

    def content(file_path: str) -> Any:
        text = original(file_path=file_path)
        return text if text and _LIST.match(text) else None

    runner.get_relevant_file_content = content


def _pass_over_what_cannot_be_parsed(frameworks: Collection[str]) -> None:
    """Let one manifest that is nested too deeply cost nothing but itself; `unread` of checkov_files_api.py says which."""
    if "kubernetes" not in frameworks:
        return
    module: Any = import_module("checkov.kubernetes.kubernetes_utils")
    original = module.parse

    def parse(filename: str) -> Any:
        try:
            return original(filename)
        except Exception:
            return None

    module.parse = parse


def _configured(checkov: Any, frameworks: Collection[str]) -> Any:
    sys.argv = ["checkov", "-d", ".", "--skip-download", "--quiet", "--compact"]
    app = checkov(sys.argv[1:])
    allowed, skipped = app.config.framework, app.config.skip_framework
    app.config.framework = [
        name for name in frameworks if ("all" in allowed or name in allowed) and name not in skipped
    ]
    app.config.skip_framework = []
    app.elsewhere = app.config.external_checks_git or []
    for name, value in FIXED.items():
        setattr(app.config, name, value)
    return app


def _reason(said: str) -> str:
    """Return what is wrong with an option, or the last thing that was said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((at for at, line in enumerate(lines) if ": error: " in line), len(lines) - 1)
    return " ".join(lines[first:]) if lines else "it said nothing"


def _report(report: Any, relative: Callable[[str], str]) -> dict[str, Any]:
    return {
        "framework": str(report.check_type),
        "failed": [{**_failed(record), "path": relative(record.file_abs_path)} for record in report.failed_checks],
        "unread": sorted({relative(path) for path in report.parsing_errors}),
    }


def _failed(record: Any) -> dict[str, Any]:
    return {
        "rule": str(record.check_id),
        "name": str(record.check_name),
        "line": int(record.file_line_range[0] or 0) if record.file_line_range else 0,
        # Of a secret it is a hash: nobody needs it, and with a dictionary it tells the secret.
        "resource": "" if record.check_id.startswith("CKV_SECRET_") else str(record.resource or ""),
        "severity": str(record.severity.name) if record.severity else "",
        "url": str(record.guideline or ""),
    }


def _named(names: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Yield what the configuration names, and where."""
    place = next((name for name in CONFIG if Path(name).is_file()), "")
    lines = Path(place).read_text(encoding="utf-8", errors="replace").splitlines() if place else []
    for name in dict.fromkeys(map(str, names)):
        line = next((number for number, text in enumerate(lines, 1) if name in text), 0)
        yield {"name": name, "path": place, "line": line}


if __name__ == "__main__":
    main()
