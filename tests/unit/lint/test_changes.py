from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.host.git import unquote
from checks.lint.changes import Changes, around, completed, followed, parse
from checks.model import Finding, Severity

DIFF = """diff --git a/a.yml b/a.yml
index 1..2 100644
--- a/a.yml
+++ b/a.yml
@@ -3 +3,2 @@ context
-old
+++ b/not-a-header
+new
@@ -9,2 +10,0 @@
-gone
-gone
diff --git a/new b/new
new file mode 100644
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+x
\\ No newline at end of file
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git "a/s\\303\\274 \\" b/s\\303\\274 \\""
--- "a/s\\303\\274 \\""
+++ "b/s\\303\\274 \\""
@@ -1 +1 @@
-x
+y
"""


def at(path: str, line: int) -> Finding:
    return Finding("t", "r", Severity.ERROR, path, line, 1, "m")


def test_a_diff_says_which_lines_are_touched() -> None:
    changes = parse(DIFF, ["untracked"], unquote)
    assert changes.lines == {
        "a.yml": ((3, 4), (10, 11)),
        "new": None,
        'sü "': ((1, 1),),
        "untracked": None,
    }


def test_findings_of_a_change_are_in_its_lines_or_about_a_file_of_it() -> None:
    changes = Changes({"a": ((3, 4),), "new": None})
    assert [line for line in range(6) if changes.touch(at("a", line))] == [0, 3, 4]
    assert changes.touch(at("new", 99))
    assert not changes.touch(at("other", 0))


def test_a_finding_about_a_folder_counts_where_something_in_it_is_new() -> None:
    changes = Changes({"roles/new/tasks/main.yml": None, "roles/old/tasks/main.yml": ((3, 4),)})
    assert changes.touch(at("roles/new", 1))
    assert not changes.touch(at("roles/old", 1))
    assert not changes.touch(at("roles/ne", 1))


@given(st.text() | st.from_regex(r"(\+\+\+ .*\n@@ -\d+ \+\d+(,\d+)? @@\n)+"))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse(text, [], unquote), Changes)


STATUS = "M\ta.yml\nA\tempty\nD\tgone\nR087\told.sh\tnew.sh\nM\tb.zip\nM\tmode.sh\nT\tlink\n"


def test_what_a_diff_has_no_lines_of_is_of_the_change_too() -> None:
    before = Changes({"a.yml": ((3, 4),), "new.sh": ((9, 9),)}, "abc")
    changes = completed(before, STATUS, "1\t2\ta.yml\n-\t-\tb.zip\n-\t-\told.sh\n", unquote)
    assert changes.lines == {
        "a.yml": ((3, 4),),
        "new.sh": ((9, 9),),
        "empty": None,
        "b.zip": ((1, 1_000_000_000),),
        "mode.sh": (),
        "link": (),
    }
    assert changes.gone == ("gone", "old.sh")
    assert changes.renamed == {"new.sh": "old.sh"}
    assert changes.start == "abc"


def test_what_may_miss_a_file_lies_beside_it_or_above() -> None:
    paths = ["main.tf", "m/other.tf", "m/n/deep.tf", "a/main.tf", "a/m/main.tf"]
    assert around(["m/variables.tf"], paths) == {"main.tf", "m/other.tf"}
    assert around(["gone.tf"], paths) == {"main.tf"}
    assert around([], paths) == frozenset()


def test_a_link_is_touched_where_what_it_leads_to_is() -> None:
    changes = followed(Changes({"docker/app": ((2, 2),)}), {"Dockerfile": "docker/app", "other": "b"})
    assert changes.lines == {"docker/app": ((2, 2),), "Dockerfile": ((2, 2),)}


@given(st.text(), st.text())
def test_any_status_is_read(status: str, counts: str) -> None:
    assert isinstance(completed(Changes({}), status, counts, unquote), Changes)
