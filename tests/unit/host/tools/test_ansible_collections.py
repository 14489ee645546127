"""Which part of Ansible's package of collections is kept, and that the environment is named by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.host.tools import ansible_collections, toolenv


def test_what_a_linter_reads_is_kept_and_nothing_else() -> None:
    kept = ["a/b/plugins/modules/x.py", "a/b/roles/r/tasks/main.yml", "a/b/meta/runtime.yml", "a/b/MANIFEST.json"]
    other = ["a/b/tests/unit/x.py", "a/b/README.md", "a/b/changelogs/plugins/x.yml", "ansible_release.py"]
    names = [f"ansible_collections/{name}" for name in (*kept, *other)]
    assert ansible_collections.wanted([*names, "ansible-12.3.0.dist-info/plugins/x"]) == names[: len(kept)]


def test_other_collections_are_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"CHECKS_CACHE": str(tmp_path)}
    before = toolenv.environment_folder("ansible-lint", here), toolenv.environment_folder("checkov", here)
    pins = toolenv._pins
    monkeypatch.setattr(toolenv, "_pins", lambda name: pins(name) + ("#" if name == "ansible-collections" else ""))
    after = toolenv.environment_folder("ansible-lint", here), toolenv.environment_folder("checkov", here)
    assert before[0] != after[0]
    assert before[1] == after[1]
