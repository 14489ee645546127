"""What checkov imports in vain when it is asked for a few frameworks: half of its time for one file.

Loaded by checkov_api.py, in the tool's interpreter, before anything of checkov is imported.
"""

from __future__ import annotations

import importlib.metadata
import sys
import types
from collections.abc import Collection
from pathlib import Path
from typing import Any

RUNNERS = (
    *("ansible", "argo_workflows", "arm", "azure_pipelines", "bicep", "bitbucket", "bitbucket_pipelines", "cdk"),
    *("circleci_pipelines", "cloudformation", "dockerfile", "github", "github_actions", "gitlab", "gitlab_ci", "helm"),
    *("kubernetes", "kustomize", "openapi", "sast", "sca_image", "sca_package_2", "secrets", "serverless", "terraform"),
    "terraform_json",
)
"""Packages of checkov, each with a `runner`; not those for any YAML and any JSON: others are built on these."""
OUTPUTS = (
    *("checkov.docs_generator", "checkov.contributor_metrics", "checkov.terraform.plan_runner"),
    *("checkov.common.output.cyclonedx", "checkov.common.output.spdx"),
)
"""What is imported for lists, uploads, plans and outputs that nobody asks for here."""
CHECKS = tuple(f"checkov.terraform.checks.{name}" for name in ("data", "module", "provider", "resource"))
"""Hundreds of modules with checks of Terraform's, which every framework imports."""


class _Nothing(types.ModuleType):
    """A module that is not imported: whatever others want of it is a runner that runs nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _NoRunner


class _NoRunner:
    check_type = "none"
    graph_manager = None
    resource_subgraph_map = None


def leave_out(frameworks: Collection[str]) -> None:
    """Put empty modules in the place of those that nobody asks for, so that importing them costs nothing."""
    unwanted = [f"checkov.{name}.runner" for name in RUNNERS if name not in frameworks]
    checks = CHECKS if not {"terraform", "terraform_json"} & {*frameworks} else ()
    for name in (*unwanted, *OUTPUTS, *checks):
        module = _Nothing(name)
        place = Path(str(importlib.metadata.distribution("checkov").locate_file(name.replace(".", "/"))))
        if place.is_dir():
            module.__path__ = [str(place)]  # what is in it can still be imported
        sys.modules[name] = module
