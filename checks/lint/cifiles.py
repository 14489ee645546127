"""Which files a CI service reads, and by which schema: by the places where it looks for them, and by what they include.

The places are those of check-jsonschema's own hooks, as far as the files are YAML.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from yaml.nodes import Node

from checks.lint import yamlnodes
from checks.repository import File, Kind, Repository

_PLACES: tuple[tuple[str, str], ...] = (
    (r"\.github/workflows/[^/]+\.ya?ml", "github-workflows"),
    (r"(?:.+/)?\.github/actions/(?:.+/)?action\.ya?ml", "github-actions"),
    (r"\.github/dependabot\.ya?ml", "dependabot"),
    (r"\.github/ISSUE_TEMPLATE/config\.yml", "github-issue-config"),
    (r"\.github/ISSUE_TEMPLATE/.+\.ya?ml", "github-issue-forms"),
    (r"\.github/DISCUSSION_TEMPLATE/.+\.ya?ml", "github-discussion"),
    (r"(?:.*/)?\.travis\.ya?ml", "travis"),
    (r".*\.gitlab-ci\.ya?ml", "gitlab-ci"),
    (r"\.circleci/config\.ya?ml", "circle-ci"),
    (r"\.?azure-pipelines\.ya?ml", "azure-pipelines"),
    (r"(?:.*/)?bitbucket-pipelines\.ya?ml", "bitbucket-pipelines"),
    (r"(?:.*/)?\.buildkite/pipeline(?:\..+)?\.ya?ml", "buildkite"),
    (r"\.drone\.yml", "drone-ci"),
    (r"\.woodpecker\.ya?ml|\.woodpecker/.+\.ya?ml", "woodpecker-ci"),
    (r"cloudbuild\.ya?ml", "cloudbuild"),
    (r"\.readthedocs\.ya?ml", "readthedocs"),
    (r"(?:\.github/|dev/)?\.?codecov\.ya?ml", "codecov"),
    (r"\.mergify\.yml|\.mergify/config\.yml|\.github/mergify\.yml", "mergify"),
)
_SCHEMAS = tuple((re.compile(pattern, re.DOTALL), schema) for pattern, schema in _PLACES)
_ACTION = re.compile(r"(?:.*/)?action\.ya?ml", re.DOTALL)
_RUNS = re.compile(r"^runs:", re.MULTILINE)
_TEMPLATED = re.compile(r"^\s*\{%|\{\{-?\s*cookiecutter\b", re.MULTILINE)
_ROUNDS = 20
"""How deep included files include others."""


def schemas(repository: Repository) -> Mapping[str, str]:
    """Return the name of the schema for every such file, by path."""
    files = {file.path: file for file in repository.of_kind(Kind.YAML, utf8=True) if not is_template(file)}
    found = {path: schema for path, file in files.items() if (schema := _schema(file))}
    roots = [files[path] for path, schema in found.items() if schema == "gitlab-ci"]
    return {**dict.fromkeys(_included(roots, files), "gitlab-ci"), **found}


def is_template(file: File) -> bool:
    """Return whether a file is a template of YAML, and no YAML yet: nobody can say what will be in it."""
    return file.text is not None and ("{{" in file.path or _TEMPLATED.search(file.text) is not None)


def _schema(file: File) -> str | None:
    for pattern, schema in _SCHEMAS:
        if pattern.fullmatch(file.path):
            return schema
    # Other programs have files of this name too; what GitHub calls an action says how it runs.
    return "github-actions" if _ACTION.fullmatch(file.path) and _RUNS.search(file.text or "") else None


def _included(roots: Iterable[File], files: Mapping[str, File]) -> set[str]:
    """Return the files of the repository that pipelines of GitLab include, and those that these include."""
    known: set[str] = set()
    fresh = {file.path for file in roots}
    for _ in range(_ROUNDS):
        named = {(path, name) for path in fresh for name in _local_names(files[path])}
        fresh = {found for path, name in named for found in _matching(path, name, files)} - known
        known |= fresh
    return known


def _matching(path: str, name: str, files: Mapping[str, File]) -> list[str]:
    """Return what a name means: from the root, as GitLab reads it, else from the folder of a project within a project."""
    for base in ("", posixpath.dirname(path)):
        wanted = posixpath.normpath(posixpath.join(base, name.lstrip("/")))
        found = fnmatch.filter(files, wanted) if "*" in wanted else [wanted] if wanted in files else []
        if found:
            return found
    return []


def _local_names(file: File) -> Iterator[str]:
    try:
        nodes = yamlnodes.documents(file.text or "")
    except yamlnodes.NotYamlError:
        return
    for top in map(yamlnodes.pairs, nodes):
        yield from _names(top.get("include"))
        for job in top.values():
            yield from _names(yamlnodes.pairs(yamlnodes.pairs(job).get("trigger")).get("include"))


def _names(node: Node | None) -> Iterator[str]:
    for one in yamlnodes.items(node) or ([node] if node is not None else []):
        name = yamlnodes.scalar(one) or yamlnodes.scalar(yamlnodes.pairs(one).get("local"))
        if name and "://" not in name and "$" not in name:
            yield name
