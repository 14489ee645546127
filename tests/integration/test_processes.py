"""Which processes run in the containers, as whom, with which rights."""

from checks.host.livestack import Stack


def test_the_database_process_runs_under_its_own_user(stack: Stack) -> None:
    process = stack["mongo"].host.process.get(comm="mongod")
    assert process.uid == 999
