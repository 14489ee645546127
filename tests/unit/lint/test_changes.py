from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.host.git import unquote
from checks.lint.changes import Changes, parse
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
