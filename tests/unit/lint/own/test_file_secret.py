from __future__ import annotations

import pytest

from checks.model import Severity
from tests.unit.lint.own.looking import found, lines

RULE = "secret-in-file"
RANDOM = "0123456789abcdef" + "0123456789ABCDEF"


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD=hunter2",
        "export DB_PASSWORD='hunter2'",
        ' DB_PASSWORD = "hunter2" # why',
        "URL=mysql://a:" + "hunter2@b/c",
    ],
)
def test_an_environment_file(line: str) -> None:
    (finding,) = found(RULE, f"A=1\n{line}\n", "stage/.env")
    assert (finding.line, finding.severity, finding.secret) == (2, Severity.WARNING, True)
    assert "hunter2" not in finding.message


def test_what_nobody_chose_is_worse() -> None:
    assert [one.severity for one in found(RULE, f"TOKEN={RANDOM}\n", "app.env")] == [Severity.ERROR]


@pytest.mark.parametrize(
    "line", ["DB_PASSWORD=", "DB_PASSWORD=${X}", "# DB_PASSWORD=hunter2", "DB_PASSWORD=changeme", "A=b", "x"]
)
def test_no_secret(line: str) -> None:
    assert found(RULE, f"{line}\n", ".env") == []


def test_an_example_may_hold_examples() -> None:
    for path in (".env.example", ".env.test", "env/sample.env", "example/terraform.tfvars"):
        assert lines(RULE, 'DB_PASSWORD="hunter2"\n', path) == []
        assert lines(RULE, f'DB_PASSWORD="{RANDOM}"\n', path) == [1]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('project = "docker-1"\ndb_password = "hunter2"\n', [2]),
        ('db = {\n  "password" = "hunter2"\n}\n', [2]),
        ('private_key_path = "~/.ssh/appuser"\npublic_key_path = "~/.ssh/appuser.pub"\n', []),
        ('db_password = var.password\n# db_password = "hunter2"\n', []),
        ('db_password = ""\n', []),
    ],
)
def test_variables_of_terraform(text: str, at: list[int]) -> None:
    assert lines(RULE, text, "stage/terraform.tfvars") == at


def test_other_files_are_not_taken() -> None:
    assert lines(RULE, "DB_PASSWORD=hunter2\n", "a.sh") == []
    assert lines(RULE, 'db_password = "hunter2"\n', "main.tf") == []
