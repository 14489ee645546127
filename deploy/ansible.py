"""Where Ansible is: on PATH, else in the tool environment that lint has made for ansible-lint."""

from __future__ import annotations

import os

from checks.host.console import Console
from checks.host.tools import packages, toolenv


def path(out: Console) -> str:
    """Return a PATH with ansible-playbook on it."""
    usual = os.environ.get("PATH", os.defpath)
    if packages.which("ansible-playbook"):
        return usual
    return f"{toolenv.environment('ansible-lint', out) / 'bin'}{os.pathsep}{usual}"
