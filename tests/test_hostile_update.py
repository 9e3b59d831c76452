"""Every hostile file in one `validate`: each ends in a sentence, nothing hangs, the good one counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from povplan.jobs.update import Order, validate
from tests.counties import FIXTURES, funds, quiet, workspace

HOSTILE = FIXTURES / "hostile"
TECHNICAL = re.compile(r"Traceback|[a-z]Error\b|Exception|panick|None\b")


@pytest.mark.slow
@pytest.mark.usefixtures("in_workers")
@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared fixtures are not here")
def test_every_hostile_file_ends_in_a_sentence_and_costs_only_itself(tmp_path: Path) -> None:
    good = funds(tmp_path / "good.xlsx", "village planned\n甲村 900")
    place = workspace(tmp_path / "w")

    outcome = validate(place, Order(files=[good, HOSTILE], year=2011), quiet)

    files = {path.name for path in HOSTILE.rglob("*") if path.is_file() and not path.name.startswith(".")}
    told = {name for name, _ in outcome.refused}
    skipped = " ".join(said.zh for said in outcome.remarks)
    assert outcome.accepted_files == 1
    assert [line.read for line in outcome.coverage if line.ledger == "village"] == [1]
    assert [name for name in files - told if name not in skipped] == []
    for name, said in outcome.refused:
        assert not TECHNICAL.search(said.zh + said.en.replace(name, "")), name
        assert 10 < len(said.zh) < 400
    assert not [said for said in outcome.remarks if "povplan-" in said.zh]  # no fault of our own
