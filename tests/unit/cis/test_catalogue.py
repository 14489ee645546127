from __future__ import annotations

from pathlib import Path

from checks.cis import catalogue

LINES = (Path(__file__).parents[2] / "data/cis/catalogue.tsv").read_text().splitlines()
ROWS = [line.split("\t") for line in LINES if not line.startswith("#")][1:]


def test_the_ids_and_kinds_are_those_of_the_two_editions() -> None:
    ours = [
        [
            name,
            catalogue.id_in("1.6", name) or "-",
            "manual" if name in catalogue.MANUAL else "automated",
            "yes" if name in catalogue.SCORED else "no",
        ]
        for name in catalogue.IDS
    ]
    assert ours == ROWS
    assert [catalogue.id_in("1.8", name) for name in catalogue.IDS] == [row[0] for row in ROWS]


def test_every_section_has_a_name() -> None:
    assert {catalogue.section_of(name) for name in catalogue.IDS} == set(catalogue.SECTIONS)
