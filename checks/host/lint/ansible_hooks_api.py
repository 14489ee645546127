"""What is changed in ansible-lint while it runs: where roles are found, and what happens where one is missing.

Loaded by ansible_lint_api.py, in the tool's interpreter, when Ansible is imported.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROUNDS = 30
"""How many roles and modules are stood in for in one playbook."""
_ROLE = re.compile(r"the role '(\w[\w.-]*)' was not found in")
_MODULE = re.compile(r"couldn't resolve module/action '([\w.]+)'")
_RULES = re.compile(r"^    (?:id|tags)(?: *:[^=\n]+)? = (\[[^\]]*\]|.+)$", re.MULTILINE)
_NAMES = re.compile(r"[\"']([\w-]+)[\"']")
_LISTS = ("enable_list", "skip_list", "warn_list")


class Lint:
    """ansible-lint on one project, and what it found."""

    def __init__(self, root: Path, project: Path, forks: Any, missing: Any) -> None:
        self.root, self.project, self._forks, self._missing = root, project, forks, missing
        self.home = Path.home() / ".ansible"
        self.matches: list[Any] = []
        self.files: list[str] = []
        self.stage = "configuration"
        self._app: Any = None
        self._others: list[str] = []
        self._local, self._numbers = threading.local(), itertools.count()

    def run(self, config: str, others: Iterable[str], *options: str) -> int:
        """Run ansible-lint and return its exit code; `others` are files that are read, and linted with another project."""
        self._others = [name for path in others for name in self._excluded(self.root / path)]
        self._forks.install(self._environ)
        for known in import_module("ansiblelint.rules.syntax_check").OUTPUT_PATTERNS:  # names hold more than that
            pattern = known.regex.pattern.replace(r"(?P<filename>[\w\/\.\-]+)", r"(?P<filename>[^\n]+?)")
            known.regex = re.compile(pattern, known.regex.flags)
        main: Any = import_module("ansiblelint.__main__")
        app, runner = import_module("ansiblelint.app").App, import_module("ansiblelint.runner").Runner
        app.render_matches = lambda _app, matches: self.matches.extend(matches)
        runner._get_ansible_syntax_check_matches = self._checking(runner._get_ansible_syntax_check_matches)
        runner.find_children = self._missing.noting(runner.find_children)
        main.get_app = self._preparing(main.get_app)
        main.get_matches = self._noting(main.get_matches)
        words = ["ansible-lint", "--offline", "-q", "-f", "json", "--project-dir", str(self.root), "-c", config]
        return int(main.main([*words, *options]))

    def _excluded(self, path: Path) -> Iterator[str]:
        """Yield how a file is excluded: as git would ignore it, for what is searched, and as what another file leads to."""
        yield str(path)
        if path.is_relative_to(self.project):
            yield "/" + re.sub(r"([\\*?\[\] ])", r"\\\1", path.relative_to(self.project).as_posix())

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_matches(rules: Any, options: Any) -> Any:
            self.stage = "rules"
            options.exclude_paths = [*options.exclude_paths, *self._others]
            result = original(rules, options)
            self.stage = "end"
            self._missing.linted(result.files)
            self.files = sorted({self.relative(str(file.path)) for file in result.files})
            return result

        return get_matches

    def _preparing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_app(**options: Any) -> Any:
            self._app = app = original(**options)
            self._link()
            known = app.runtime.config.default_roles_path
            known.extend(path for path in self._role_paths() if path not in known)
            before = filter(None, app.runtime.environ.get("ANSIBLE_ROLES_PATH", "").split(":"))
            app.runtime.environ["ANSIBLE_ROLES_PATH"] = ":".join(dict.fromkeys([*before, *known]))
            return app

        return get_app

    def _role_paths(self) -> list[str]:
        found = sorted(str(path) for path in self.project.rglob("roles") if path.is_dir())
        return [*sorted(found, key=lambda path: path.count("/")), str(self.home / "roles")]

    def _link(self) -> None:
        """Make a role or a collection known by its name, as ansible-lint does when it is online."""
        with contextlib.suppress(Exception):  # it may have none, or not a valid one: then nothing can use it by that
            self._app.runtime._install_galaxy_role(self.project, role_name_check=2, ignore_errors=True)
        with contextlib.suppress(Exception):
            about = import_module("yaml").safe_load((self.project / "galaxy.yml").read_text(encoding="utf-8"))
            place = self.home / "collections/ansible_collections" / about["namespace"] / about["name"]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(self.project, target_is_directory=True)

    def _checking(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def matches(runner: Any, lintable: Any, app: Any) -> list[Any]:
            found: list[Any] = []
            self._local.folder = self.home / "stand-ins" / str(next(self._numbers))
            for _ in range(ROUNDS):
                now = original(runner, lintable=lintable, app=app)
                found += now
                missing = [match for match in now if self._stand_in(str(match.message))]
                for match in missing:  # what is left in a file's list says that it cannot be linted
                    match.lintable.matches.remove(match)
                if not missing:
                    break
            return found

        return matches

    def _stand_in(self, message: str) -> bool:
        """Make the role or the module that a message misses, and return whether another try is worth it."""
        role, module = _ROLE.search(message), _MODULE.search(message)
        if role:
            place = self._place(role[1], "roles", "roles")
            tried = place.exists()
            place.mkdir(parents=True, exist_ok=True)
            return not tried
        if module:
            place = Path(f"{self._place(module[1], 'modules', 'plugins/modules')}.py")
            tried = place.exists()
            place.parent.mkdir(parents=True, exist_ok=True)
            import_module("ansiblelint._mockings")._write_module_stub(place, module[1])
            return not tried
        return False

    def _place(self, name: str, plain: str, below: str) -> Path:
        *collection, last = name.split(".") if name.count(".") == 2 else [name]
        inside = Path("collections/ansible_collections", *collection, below) if collection else Path(plain)
        return Path(self._local.folder, inside, last)

    def _environ(self, env: dict[str, str]) -> dict[str, str]:
        """Return the variables with which a command finds last what stands in for what this playbook misses."""
        folder = getattr(self._local, "folder", None)
        if folder is None or not folder.exists():
            return env
        library = env.get("ANSIBLE_LIBRARY") or ":".join(self._app.runtime.config.default_module_path)
        return {
            **env,
            "ANSIBLE_LIBRARY": f"{library}:{folder}/modules",
            "ANSIBLE_ROLES_PATH": f"{env['ANSIBLE_ROLES_PATH']}:{folder}/roles",
            "ANSIBLE_COLLECTIONS_PATH": f"{env['ANSIBLE_COLLECTIONS_PATH']}:{folder}/collections",
        }

    def unknown(self, config: str) -> Iterator[dict[str, Any]]:
        """Yield what the configuration skips, enables or takes for warnings and is no rule, where ansible-lint is silent."""
        folders = [Path(folder) for folder in self._app.options.rulesdirs] if self._app else []
        texts = [file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("*.py")]
        texts.append(Path(import_module("ansiblelint._internal.rules").__file__ or "").read_text(encoding="utf-8"))
        known = {name for text in texts for said in _RULES.findall(text) for name in _NAMES.findall(said)}
        lines = Path(config).read_text(encoding="utf-8", errors="replace").splitlines()
        written = import_module("yaml").safe_load("\n".join(lines)) or {}
        for name in (str(one) for key in _LISTS for one in written.get(key) or ()):
            if import_module("ansiblelint.skip_utils").normalize_tag(name).partition("[")[0] not in known:
                line = next((number for number, text in enumerate(lines, 1) if name in text), 0)
                yield {"name": name, "path": self.relative(config), "line": line}

    def relative(self, path: str) -> str:
        """Return a path as it is seen from the root; what lies outside of the project ansible-lint names from home."""
        place = self.project / path
        if path.startswith("~/") and not place.exists():
            place = Path.home().resolve() / path[2:]
        return os.path.relpath(place, self.root)

    def answers(self, match: Any) -> list[dict[str, Any]]:
        """Return a match as JSON: of a file that is missing, one for each place that names it."""
        answer = self._answer(match)
        said = "" if match.rule.id == "load-failure" else "Unable to retrieve file contents: "
        return [
            {**answer, "path": self.relative(str(file)), "line": line, "column": 0, "details": ""}
            | ({} if name in answer["message"] else {"message": f"{said}{name!r} is missing"})
            for file, line, name in self._missing.places(match, self.root / answer["path"])
        ] or [answer]

    def _answer(self, match: Any) -> dict[str, Any]:
        return {
            "rule": str(match.tag or match.rule.id),
            "path": self.relative(str(match.filename)),
            "line": match.lineno,
            "column": match.column or 0,
            "message": self._clean(str(match.message)),
            "details": self._clean(str(match.details)),
            "severity": str(match.rule.severity),
            "warned": self._is_warned(match),
            "url": str(match.rule.url or ""),
        }

    def _is_warned(self, match: Any) -> bool:
        """Return whether ansible-lint does not count it: not what it says of its own internal rules' level."""
        names = {match.tag, match.rule.id, *match.rule.tags}
        return bool(match.ignored or names.intersection(self._app.options.warn_list))

    def _clean(self, text: str) -> str:
        return text.replace(f"{self.root}/", "").replace(str(self.home), "~/.ansible")
