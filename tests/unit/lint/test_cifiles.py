from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import cifiles
from tests.unit.lint.repositories import repository


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (".github/workflows/ci.yml", "github-workflows"),
        (".github/workflows/sub/ci.yml", None),
        ("docs/.github/workflows/ci.yml", None),
        (".github/actions/setup/action.yaml", "github-actions"),
        ("action.yml", None),
        (".github/dependabot.yml", "dependabot"),
        (".github/ISSUE_TEMPLATE/config.yml", "github-issue-config"),
        (".github/ISSUE_TEMPLATE/bug.yml", "github-issue-forms"),
        (".travis.yml", "travis"),
        ("roles/x/.travis.yml", "travis"),
        ("x.travis.yml", None),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("ci/build.gitlab-ci.yml", "gitlab-ci"),
        ("gitlab-ci.yml", None),
        (".circleci/config.yml", "circle-ci"),
        ("azure-pipelines.yml", "azure-pipelines"),
        ("bitbucket-pipelines.yml", "bitbucket-pipelines"),
        (".buildkite/pipeline.deploy.yml", "buildkite"),
        (".drone.yml", "drone-ci"),
        (".woodpecker/build.yaml", "woodpecker-ci"),
        ("config.yml", None),
    ],
)
def test_files_are_known_by_where_they_are(path: str, schema: str | None) -> None:
    assert cifiles.schemas(repository({path: "a: 1\n"})).get(path) == schema


def test_an_action_says_how_it_runs() -> None:
    assert cifiles.schemas(repository({"tools/action.yml": "name: x\nruns:\n  using: node20\n"}))


def test_templates_are_not_yaml_yet() -> None:
    for path, text in [
        (".travis.yml", "{% if x %}\na: 1\n{% endif %}\n"),
        (".travis.yml", "a: {{ cookiecutter.name }}\n"),
    ]:
        assert not cifiles.schemas(repository({path: text}))


@pytest.mark.parametrize(
    ("include", "found"),
    [
        ("ci/a.yml", {"ci/a.yml"}),
        ("/ci/a.yml", {"ci/a.yml"}),
        ("{local: ci/a.yml}", {"ci/a.yml"}),
        ("[{local: ci/a.yml}, {local: /ci/b.yml}]", {"ci/a.yml", "ci/b.yml"}),
        ("[ci/*.yml]", {"ci/a.yml", "ci/b.yml"}),
        ("{remote: 'https://example.com/ci/a.yml'}", set()),
        ("{project: a/b, file: ci/a.yml}", set()),
        ("https://example.com/ci/a.yml", set()),
        ("ci/$NAME.yml", set()),
        ("ci/gone.yml", set()),
        ("5", set()),
        ("[[a]]", set()),
    ],
)
def test_what_a_pipeline_includes_is_one_too(include: str, found: set[str]) -> None:
    files = {
        ".gitlab-ci.yml": f"include: {include}\n",
        "ci/a.yml": "include: /ci/b.yml\n",
        "ci/b.yml": "include: ci/a.yml\n",
    }
    known = set(cifiles.schemas(repository(files))) - {".gitlab-ci.yml"}
    assert known >= found
    assert known == (found | {"ci/b.yml"} if found else set())


def test_a_child_pipeline_is_one_too_and_a_project_within_has_its_own_root() -> None:
    files = {
        "sub/.gitlab-ci.yml": "a:\n  trigger:\n    include:\n      - local: /child.yml\n",
        "sub/child.yml": "b: {script: x}\n",
    }
    assert set(cifiles.schemas(repository(files))) == set(files)


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_pipeline_has_an_answer(text: str) -> None:
    assert ".gitlab-ci.yml" in cifiles.schemas(repository({".gitlab-ci.yml": f"include: {text}"})) or "{" in text
