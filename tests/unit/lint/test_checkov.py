from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import checkov
from checks.lint.batches import Tools
from checks.model import Done, Finding, Findings, Job, Severity, ToolError, ToolState
from checks.repository import File, Kind, Repository

DATA = Path(__file__).parents[2] / "data/lint"
TOOLS = Tools({"checkov": ("python", "api.py")})
REPOSITORY = Repository.of(
    [
        File("Dockerfile", 30, Kind.DOCKERFILE, "FROM a\n"),
        File("main.tf", 30, Kind.TERRAFORM, ""),
        File("broken.tf", 30, Kind.TERRAFORM, ""),
        File("pod.yaml", 30, Kind.YAML, "apiVersion: v1\nkind: Pod\nmetadata: {\n"),
        File("play.yml", 30, Kind.YAML, "- hosts: all\n  tasks:\n    - name: x\n"),
        File("a.yml", 30, Kind.YAML, "a: 1\n"),
        File(".github/workflows/a.yml", 30, Kind.YAML, "jobs: {}\n"),
        File("stack.json", 30),
    ]
)


JOB: Job
(JOB,) = checkov.jobs(REPOSITORY, checkov.units(REPOSITORY), TOOLS)


def done(out: str = "", err: str = "", code: int = 0, *, timed_out: bool = False) -> Done:
    return Done(JOB.argv, code, out, err, 0.1, timed_out)


def answer(**entries: object) -> Done:
    frameworks = ["ansible", "cloudformation", "dockerfile", "github_actions", "kubernetes", "secrets", "terraform"]
    whole = {"stage": "end", "error": "", "reports": [], "unread": [], "named": [], "elsewhere": []}
    return done(json.dumps({**whole, "frameworks": frameworks, **entries}))


def failed(**entries: object) -> dict[str, object]:
    whole = {
        "rule": "CKV_GCP_1",
        "name": "n",
        "path": "main.tf",
        "line": 3,
        "resource": "a.b",
        "severity": "",
        "url": "",
    }
    return {**whole, **entries}


def one(entry: dict[str, object], framework: str = "terraform") -> Finding:
    report = {"framework": framework, "failed": [entry], "unread": []}
    (finding,) = found(checkov.read(JOB, answer(reports=[report]))).items
    return finding


def found(what: Findings | ToolError) -> Findings:
    assert isinstance(what, Findings)
    return what


def error(what: Findings | ToolError) -> ToolError:
    assert isinstance(what, ToolError)
    return what


def test_a_clean_file_passes() -> None:
    assert checkov.read(JOB, answer()) == Findings()


def test_a_bad_file_fails() -> None:
    items = found(checkov.read(JOB, done((DATA / "checkov.json").read_text()))).items
    by_rule = {finding.rule: finding for finding in items}
    assert len(items) == 19
    image = by_rule["CKV_DOCKER_7"]
    assert (image.path, image.line, image.severity) == ("Dockerfile", 1, Severity.WARNING)
    assert image.message == "Ensure the base image uses a non latest version tag"
    assert image.url == "https://www.checkov.io/5.Policy%20Index/dockerfile.html"
    assert by_rule["CKV_GCP_62"].message == "Bucket should log access (google_storage_bucket.logs)"
    assert by_rule["CKV_ANSIBLE_2"].path == "play.yml"
    key, noise = by_rule["CKV_SECRET_2"], by_rule["CKV_SECRET_6"]
    assert (key.severity, key.secret, key.message) == (Severity.ERROR, True, "AWS Access Key")
    assert (noise.severity, noise.secret) == (Severity.WARNING, True)


def test_findings_in_pipelines_and_templates_have_their_place_and_page() -> None:
    items = found(checkov.read(JOB, done((DATA / "checkov.json").read_text()))).items
    by_place = {(finding.path, finding.rule): finding for finding in items}
    run = by_place[".github/workflows/a.yml", "CKV_GHA_2"]
    assert (run.line, run.severity) == (7, Severity.WARNING)
    assert run.message == "Ensure run commands are not vulnerable to shell injection (jobs(a).steps[1])"
    assert by_place[".github/workflows/a.yml", "CKV2_GHA_1"].line == 0
    template, terraform = by_place["stack.json", "CKV_AWS_3"], by_place["main.tf.json", "CKV_AWS_3"]
    assert (template.line, terraform.line) == (3, 1)
    assert template.message.endswith("(AWS::EC2::Volume.B)")
    pages = [finding.url.rpartition("/")[2] for finding in (run, template, terraform)]
    assert pages == ["github_actions.html", "cloudformation.html", "terraform.html"]


def test_what_it_could_not_parse_is_a_finding() -> None:
    items = found(checkov.read(JOB, done((DATA / "checkov.json").read_text()))).items
    broken = {finding.path: finding for finding in items if finding.rule == "parse-error"}
    assert (broken["broken.tf"].line, broken["broken.tf"].severity) == (0, Severity.ERROR)
    assert (broken["pod.yaml"].line, broken["pod.yaml"].severity) == (4, Severity.ERROR)
    tags = [{"path": "play.yml", "line": 0, "why": ""}]
    (unknown,) = found(checkov.read(JOB, answer(unread=tags))).items
    assert (unknown.rule, unknown.severity) == ("parse-error", Severity.INFO)


def test_a_check_that_does_not_exist_is_told() -> None:
    items = found(checkov.read(JOB, done((DATA / "checkov.json").read_text()))).items
    (unknown,) = (finding for finding in items if finding.path == ".checkov.yaml")
    assert (unknown.rule, unknown.line) == ("unknown-check", 3)
    assert "'nope'" in unknown.message


@pytest.mark.parametrize("name", ["CKV_AWS_1", "CKV2_K8S_*", "BC_AWS_GENERAL_1", "CKV_*", "HIGH", "ckv_docker_2", "*"])
def test_these_may_be_checks(name: str) -> None:
    named = [{"name": name, "path": ".checkov.yaml", "line": 1}]
    assert not found(checkov.read(JOB, answer(named=named))).items


def test_checks_that_would_have_to_be_fetched_are_told() -> None:
    elsewhere = [{"name": "https://localhost/x.git", "path": ".checkov.yaml", "line": 2}]
    (finding,) = found(checkov.read(JOB, answer(elsewhere=elsewhere))).items
    assert (finding.rule, finding.severity) == ("external-checks", Severity.WARNING)


@pytest.mark.parametrize(
    ("said", "severity"),
    [("", Severity.WARNING), ("HIGH", Severity.ERROR), ("critical", Severity.ERROR), ("LOW", Severity.INFO)],
)
def test_severities_are_those_of_the_platform_where_it_gives_any(said: str, severity: Severity) -> None:
    assert one(failed(severity=said)).severity is severity


def test_of_a_secret_only_its_place_is_said() -> None:
    assert (
        one(failed(rule="CKV_SECRET_2", name="AWS Access Key", resource="a.b"), "secrets").message == "AWS Access Key"
    )


def test_frameworks_that_the_configuration_leaves_out_read_nothing() -> None:
    what = found(checkov.read(JOB, answer(frameworks=["terraform"])))
    assert what.skipped == ("pod.yaml", ".github/workflows/a.yml", "Dockerfile", "a.yml", "play.yml", "stack.json")


def test_everything_is_one_question() -> None:
    assert json.loads(JOB.stdin or "") == {
        "files": {
            "ansible": ["play.yml"],
            "cloudformation": ["stack.json"],
            "dockerfile": ["Dockerfile"],
            "github_actions": [".github/workflows/a.yml"],
            "kubernetes": ["pod.yaml", "stack.json"],
            "secrets": ["broken.tf", "main.tf", "pod.yaml", "Dockerfile", "a.yml", "play.yml", "stack.json"],
            "terraform": ["broken.tf", "main.tf"],
        },
        "templates": ["stack.json"],
    }
    assert len(JOB.units) == 7
    assert not checkov.jobs(REPOSITORY, [], TOOLS)


def test_one_changed_dockerfile_asks_for_no_more() -> None:
    unit = next(unit for unit in checkov.units(REPOSITORY) if unit.files == ("Dockerfile",))
    (small,) = checkov.jobs(REPOSITORY, [unit], TOOLS)
    assert json.loads(small.stdin or "")["files"] == {"dockerfile": ["Dockerfile"], "secrets": ["Dockerfile"]}


def test_a_broken_configuration_is_no_pass() -> None:
    what = error(checkov.read(JOB, done((DATA / "checkov-config.json").read_text())))
    assert what.state is ToolState.UNREADABLE
    assert what.message.startswith("its configuration cannot be read: checkov: error: unrecognized arguments: --nope=1")


def test_a_crash_is_told_from_findings() -> None:
    assert "at its scan: TypeError: x" in error(checkov.read(JOB, answer(stage="scan", error="TypeError: x"))).message
    assert error(checkov.read(JOB, done("", "Killed", code=137))).state is ToolState.CRASHED
    assert "signal 9" in error(checkov.read(JOB, done(code=-9))).message
    assert error(checkov.read(JOB, done(code=-9, timed_out=True))).state is ToolState.TIMEOUT
    assert error(checkov.read(JOB, done("{}"))).state is ToolState.CRASHED


SCALARS = st.none() | st.integers() | st.text()
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(), SCALARS, max_size=3)
PARTS = ("stage", "error", "reports", "unread", "named", "elsewhere", "frameworks")


@given(st.text() | st.dictionaries(st.sampled_from(PARTS), JSON).map(json.dumps), st.text(), st.integers(-9, 130))
def test_any_output_has_an_answer(out: str, err: str, code: int) -> None:
    assert isinstance(checkov.read(JOB, done(out, err, code)), Findings | ToolError)


@given(st.dictionaries(st.sampled_from(tuple(failed())), JSON))
def test_any_record_has_an_answer(entries: dict[str, object]) -> None:
    what = checkov.read(JOB, answer(reports=[{"failed": [failed(**entries)], "unread": []}]))
    assert isinstance(what, Findings | ToolError)


def test_the_version_is_read() -> None:
    assert checkov.version(TOOLS).argv == ("python", "api.py", "--version")
    assert checkov.read_version(done("3.3.30\n")) == "3.3.30"
    assert checkov.read_version(done("what?")) == ""
