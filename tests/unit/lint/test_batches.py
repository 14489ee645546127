from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.lint.batches import ARGUMENTS, fitting, make, split, without
from checks.repository import File

files = st.lists(st.builds(File, st.text(min_size=1), st.integers(0, 100_000)), unique_by=lambda file: file.path)


@given(files, st.integers(1, 8))
def test_every_file_is_in_one_group(given_files: list[File], workers: int) -> None:
    groups = split(given_files, workers)
    assert sorted(file.path for group in groups for file in group) == sorted(file.path for file in given_files)
    assert len(groups) <= workers


def test_little_work_is_one_process() -> None:
    assert len(split([File("a", 100), File("b", 100)], 8)) == 1


def test_a_command_line_holds_only_so_much() -> None:
    groups = fitting([File("x" * 1000 + str(at)) for at in range(1000)])
    assert len(groups) > 1
    assert all(sum(len(file.path) for file in group) <= ARGUMENTS for group in groups)


def test_a_job_can_be_given_again_without_some_files() -> None:
    job = make("tool", ["tool", "--"], [File("a"), File("b"), File("c")])
    rest = without(job, {"b"})
    assert rest is not None
    assert rest.argv == ("tool", "--", "./a", "./c")
    assert without(job, {"a", "b", "c"}) is None


def test_large_files_get_more_time() -> None:
    assert make("tool", [], [File("a", 5_000_000)]).limit > make("tool", [], [File("a", 5)]).limit
