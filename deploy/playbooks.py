"""Running Ansible from the tool environment that lint uses too, and reading what it did."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.host import proc
from checks.host.tools import toolenv
from checks.model import Done, Output

FOLDER = Path("docker-monolith/ansible")
LIMIT = 1800.0
_RECAP = re.compile(r"^(\S+)\s+: ((?:\w+=\d+\s*)+)$", re.MULTILINE)


@dataclass(frozen=True)
class Recap:
    """What a run did on one host, as Ansible's last lines say it."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def well(self) -> bool:
        """Whether every task that was run ended well."""
        return not self.failed and not self.unreachable


def recaps(output: str) -> dict[str, Recap]:
    """Return host → recap from what ansible-playbook printed; {} where it never came to an end."""
    start = output.rfind("PLAY RECAP")
    found = {}
    for name, words in _RECAP.findall(output[start:] if start >= 0 else ""):
        counts = {key: int(number) for key, _, number in (word.partition("=") for word in words.split())}
        found[name] = Recap(**{key: counts.get(key, 0) for key in Recap.__dataclass_fields__})
    return found


def reason(output: str) -> str:
    """Return the message of the task that failed, or of the inventory's plugin; "" where none did."""
    fatal = re.findall(r'^fatal: .*?"msg": "((?:[^"\\]|\\.)*)"', output, re.MULTILINE)
    errors = re.findall(r"^(?:\[ERROR\]|ERROR!):? (.+)$", output, re.MULTILINE)
    # The plugin that an inventory asks for says why; those that are tried after it do not know it.
    plugin = re.findall(r"^\[WARNING\]: Failed to parse inventory with 'auto' plugin: (.+)$", output, re.MULTILINE)
    said = (fatal or plugin or errors or [""])[-1]
    return re.sub(r"\s+", " ", said.replace("\\n", " ").replace('\\"', '"')).strip()


@dataclass(frozen=True)
class Ansible:
    """Ansible for one repository: the environment's folder, the folder with the playbooks, a home of its own."""

    tools: Path
    folder: Path
    home: Path
    extra: Mapping[str, str]

    def run(
        self, program: str, *words: str | Path, timeout: float = LIMIT, on_line: Callable[[str], None] | None = None
    ) -> Done:
        """Run one of Ansible's programs from its folder."""
        argv = [self.tools / "bin" / program, *words]
        return proc.run(argv, cwd=self.folder, env=self._environment(), timeout=timeout, on_line=on_line)

    def play(
        self,
        playbook: str,
        inventories: Sequence[Path],
        *words: str | Path,
        on_line: Callable[[str], None] | None = None,
    ) -> Done:
        """Run a playbook of playbooks/ against inventories."""
        sources = [part for inventory in inventories for part in ("-i", inventory)]
        return self.run("ansible-playbook", *sources, *words, f"playbooks/{playbook}.yml", on_line=on_line)

    def _environment(self) -> dict[str, str]:
        ours = {
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.home),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.home / "cp"),
            "ANSIBLE_FORCE_COLOR": "0",
            "LC_ALL": "C.UTF-8",
            "PATH": f"{self.tools / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        }
        return {**os.environ, **ours, **self.extra}


def names(folder: Path) -> list[str]:
    """Return the playbooks that there are."""
    return sorted(path.stem for path in (folder / "playbooks").glob("*.yml"))


def environments(folder: Path) -> list[str]:
    """Return the environments that have an inventory."""
    return sorted(path.parent.name for path in folder.glob("environments/*/inventory.gcp.yml"))


def prepare(root: Path, home: Path, out: Output, extra: Mapping[str, str] | None = None) -> Ansible:
    """Return Ansible for the repository at `root`; what it keeps between its own processes goes to `home`."""
    return Ansible(toolenv.environment("ansible-lint", out), root.absolute() / FOLDER, home, dict(extra or {}))
