"""What checkov looks into, and what of it belongs together: pure over a repository's files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

import yaml

from checks import ansible
from checks.model import Unit
from checks.repository import File, Kind, Repository, Trouble

CONFIG = (".checkov.yaml", ".checkov.yml")
LARGE = 1_000_000
"""Bytes of a file beyond which its search for secrets takes minutes; kingfisher reads such files too."""

_DOCKERFILE = re.compile(r"(?:.+\.)?[Dd]ockerfile(?:\..+)?(?<!\.[Dd]ockerignore)", re.DOTALL)
_HIDDEN = re.compile(r"(?:^|/)\.")
_TERRAFORM = re.compile(r".+\.(?:tf|hcl)", re.DOTALL)
_TERRAFORM_INPUT = re.compile(r".+\.(?:tfvars|tfvars\.json|tf\.json)", re.DOTALL)
_MODULE = re.compile(r'^\s*source\s*=\s*"(\.{1,2}(?:/[^"]*)?)"', re.MULTILINE)
_YAML = re.compile(r".+\.ya?ml", re.DOTALL)
_SECRETS = re.compile(r".+\.(?:tf|ya?ml|json|template|bicep|hcl)", re.DOTALL)
_NO_SECRETS = ("Pipfile.lock", "yarn.lock", "package-lock.json", "requirements.txt", "go.sum")
_TASKS = re.compile(r"^\s*-\s+name:\s+", re.MULTILINE)
_TEMPLATE = re.compile(r".+\.(?:ya?ml|json|template)", re.DOTALL)
_RESOURCES = re.compile(r"^[ \t]*[\"']?Resources[\"']?\s*:|[{,]\s*[\"']?Resources[\"']?\s*:", re.MULTILINE)
_INCLUDED = re.compile(r"\$\{file\(([^()\n]+\.ya?ml)\)\}")
_PIPELINES: Mapping[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "azure_pipelines": (re.compile(r".*azure-pipelines\.ya?ml", re.DOTALL), ()),
    "bitbucket_pipelines": (re.compile(r".*bitbucket-pipelines\.ya?ml", re.DOTALL), ()),
    "circleci_pipelines": (re.compile(r".*circleci.*config\.ya?ml", re.DOTALL), (".circleci",)),
    "github_actions": (re.compile(r".*\.github/workflows/.+\.ya?ml", re.DOTALL), (".github",)),
    "gitlab_ci": (re.compile(r".*\.gitlab-ci\.ya?ml", re.DOTALL), (".gitlab-ci.yml", ".gitlab-ci.yaml")),
}
"""The paths that each of these frameworks takes, and the names that begin with a dot and that it does look into."""


def units(repository: Repository) -> tuple[Unit, ...]:
    """Return what can be asked about by itself; every unit reads the configuration too."""
    inputs = _configuration(repository)
    files = [file for file in repository.files if _is_fine(file)]
    seen = [file for file in files if not _HIDDEN.search(file.path)]
    terraform = [file for file in seen if _TERRAFORM.fullmatch(file.path)]
    manifests = [file.path for file in seen if _is_manifest(file)]
    as_json = [file.path for file in files if file.path.endswith(".tf.json")]
    taken = {*(file.path for file in terraform), *manifests, *as_json}
    single = [file for file in files if file.path not in taken and frameworks(file)]
    variables = [file for file in seen if _TERRAFORM_INPUT.fullmatch(file.path)]
    return (
        *_modules(terraform, variables, inputs),
        *([Unit(tuple(manifests), inputs)] if manifests else ()),
        *([Unit(tuple(as_json), inputs)] if as_json else ()),
        *(Unit((file.path,), (*_included(file, repository), *inputs)) for file in single),
    )


def _is_fine(file: File) -> bool:
    """Return whether it is read at all; of what is hidden `frameworks` decides."""
    fine = file.trouble in (None, Trouble.NOT_UTF8) and file.is_named and not file.target
    return fine and (file.size <= LARGE or file.kind in (Kind.DOCKERFILE, Kind.TERRAFORM))


def frameworks(file: File) -> frozenset[str]:
    """Return the frameworks that look into a file: as by hand, few into what has a name that begins with a dot."""
    name = file.path.rpartition("/")[2]
    found = _pipelines(file.path) | ({"terraform_json"} if name.endswith(".tf.json") else set())
    if _HIDDEN.search(file.path):
        return frozenset(found)
    if file.kind is Kind.DOCKERFILE and _DOCKERFILE.fullmatch(name):
        found |= {"dockerfile", "secrets"}
    if _SECRETS.fullmatch(name) and name not in _NO_SECRETS:
        found.add("secrets")
    if _TERRAFORM.fullmatch(name):
        found.add("terraform")
    if name.endswith(".json") or _is_manifest(file):
        found.add("kubernetes")
    if file.kind is Kind.YAML and ansible.is_list(file.text or "") and _TASKS.search(file.text or ""):
        found.add("ansible")
    if _TEMPLATE.fullmatch(name) and (file.text is None or _RESOURCES.search(file.text)):
        found.add("cloudformation")
    return frozenset(found)


def _pipelines(path: str) -> set[str]:
    hidden = {part for part in path.split("/") if part.startswith(".")}
    return {name for name, (taken, seen) in _PIPELINES.items() if taken.fullmatch(path) and hidden <= {*seen}}


def _included(file: File, repository: Repository) -> list[str]:
    """Return the files that CloudFormation's parser puts in the place of `${file(…)}`."""
    if not _RESOURCES.search(file.text or ""):
        return []
    folder = _folder(file)
    named = (posixpath.normpath(posixpath.join(folder, name)) for name in _INCLUDED.findall(file.text or ""))
    return [path for path in dict.fromkeys(named) if path in repository.by_path and path != file.path]


def _is_manifest(file: File) -> bool:
    """Return whether it may be a Kubernetes manifest; of a template of Helm's only checkov can tell."""
    if file.kind is None:
        return _YAML.fullmatch(file.path) is not None
    return file.kind is Kind.YAML and all(word in (file.text or "") for word in ("apiVersion", "kind"))


def _modules(files: Sequence[File], variables: Sequence[File], inputs: tuple[str, ...]) -> list[Unit]:
    """Return the folders with Terraform, those together of which one calls another as a module."""
    group = {_folder(file): _folder(file) for file in files}
    for file in files:
        for source in _MODULE.findall(file.text or ""):
            called = posixpath.normpath(posixpath.join(_folder(file) or ".", source))
            called = "" if called == "." else called
            if called in group:
                one, other = _first(group, _folder(file)), _first(group, called)
                group[max(one, other)] = min(one, other)
    own: dict[str, list[str]] = {}
    beside: dict[str, list[str]] = {}
    for file in files:
        own.setdefault(_first(group, _folder(file)), []).append(file.path)
    for file in variables:
        if _folder(file) in group:
            beside.setdefault(_first(group, _folder(file)), []).append(file.path)
    return [Unit(tuple(paths), (*beside.get(first, ()), *inputs)) for first, paths in own.items()]


def _first(group: Mapping[str, str], folder: str) -> str:
    while group[folder] != folder:
        folder = group[folder]
    return folder


def _folder(file: File) -> str:
    return file.path.rpartition("/")[0]


def _configuration(repository: Repository) -> tuple[str, ...]:
    """Return the configuration, and the files that it names: checks of the repository's own, a baseline, variables."""
    config = next((repository.by_path[name] for name in CONFIG if name in repository.by_path), None)
    if config is None:
        return ()
    try:
        said = yaml.safe_load(config.text or "")
    except (yaml.YAMLError, ValueError, RecursionError):
        said = None  # checkov will say so
    options = said if isinstance(said, dict) else {}
    named = (value for key in ("external-checks-dir", "baseline", "var-file") for value in _texts(options.get(key)))
    places = tuple(posixpath.normpath(name) for name in named)
    found = (
        file.path for file in repository.files if any(file.path == p or file.path.startswith(f"{p}/") for p in places)
    )
    return (config.path, *found)


def _texts(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]
