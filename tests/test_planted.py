"""Every rule of the default ledgers against a planted fault and a near miss in a workbook.

The cases of `tests/planted` are written from the words of the catalogue and of the rules' labels and hints,
never from their formulas: a rule that asks something else than it says is found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pytest

from povplan.checks.catalogue import BUILT_IN
from povplan.jobs.update import Order, validate
from povplan.messages import Said
from povplan.model import column_letters
from povplan.workspace import Workspace
from tests.definitions import default
from tests.planting import Case, Laid, cases, corpus, write

Place = tuple[int, str]
"""Year and cell, on the sheet of the case's ledger."""
KEYS = {"rule", "cell", "why", "of", "at", "year", "own_county", "fault", "near", "also", "near_also"}
REGISTERS = {
    "waiver", "amendment", "answer", "event", "unit_change",
    "target", "need", "correction", "official", "context_event",
}  # fmt: skip
"""Ledgers that the office itself keeps: they have no rules of the catalogue."""
OF_EVENTS = {"left_unexplained", "joined_unexplained", "event_suggested"}
"""Told wherever two years differ in who is there, whatever else is wrong: the cases declare no events."""


@cache
def drawn_cases() -> tuple[Case, ...]:
    return tuple(cases(default().ledgers))


@dataclass(frozen=True)
class Answer:
    """What was expected of a case and what was found."""

    case: Case
    expected: set[Place]
    found: set[Place]
    beside: dict[str, set[str]]
    """Other rules found in the rows of the case → cells."""

    @property
    def is_right(self) -> bool:
        return self.found == self.expected and set(self.beside) == set(self.case.also)

    def __str__(self) -> str:
        beside = {rule: cells for rule, cells in self.beside.items() if rule not in self.case.also}
        idle = set(self.case.also) - set(self.beside)
        return f"{self.case.name}: {self.found} instead of {self.expected}, beside {beside}, not {idle}"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    """All cases in one workspace, validated once."""
    root = tmp_path_factory.mktemp("planted")
    (root / "povplan.yaml").write_text("povplan: 1\nprofile: default\n", encoding="utf-8")
    place = Workspace(root)
    place.__dict__["config"] = default()
    drawn = drawn_cases()
    laid = write(drawn, default().ledgers, root)
    (root / "units.csv").write_text("\n".join(["县,乡镇,村", *places(drawn)]), encoding="utf-8")
    outcome = validate(place, Order(files=()), quiet)
    assert outcome.refused == []
    frame = outcome.findings.frame
    frame = frame.assign(cell=[*map(_cell, frame["row"], frame["column"])])
    return [_answer(case, laid, frame) for case in drawn]


def places(drawn: Sequence[Case]) -> list[str]:
    """The villages of the cases as lines of units.csv."""
    units = (unit for case in drawn for unit in sorted(case.units))
    return list(dict.fromkeys(unit.replace("/", ",") for unit in units if "/" in unit))


def quiet(said: Said) -> None:
    """Progress that nobody watches."""


def _cell(row: Any, column: Any) -> str:
    return "" if pd.isna(row) else f"{'' if pd.isna(column) else column_letters(int(column))}{row}"


def _answer(case: Case, laid: Laid, frame: pd.DataFrame) -> Answer:
    mine = frame[frame["unit"].isin(case.units)]
    own = mine[(mine["rule"] == case.rule) & (mine["ledger"] == case.ledger)]
    found = set(zip(own["year"].astype(int), own["cell"], strict=True))
    others = mine.drop(own.index)
    beside = {
        str(rule): set(group["cell"]) for rule, group in others.groupby("rule") if rule not in OF_EVENTS
    }
    return Answer(case, _expected(case, laid), found, beside)


def _expected(case: Case, laid: Laid) -> set[Place]:
    return {(case.year, laid.cell(case, name)) for name in case.at if case.is_fault}


# ---- what is claimed -----------------------------------------------------------------------------


def rules() -> set[tuple[str, str]]:
    """Every rule, pattern and built-in check that answers for a number, with its ledger."""
    ledgers = [one for one in default().ledgers.values() if one.ledger not in REGISTERS]
    return {(one.ledger, rule.id) for one in ledgers for rule in one.checks}


def test_every_rule_has_a_planted_fault_and_a_near_miss() -> None:
    planted = {(case.ledger, case.rule) for case in drawn_cases()}
    built_in = {check for checks in BUILT_IN.values() for check in checks}

    assert sorted(rules() - planted) == []
    assert sorted(built_in - {rule for _, rule in planted}) == []
    assert sorted({rule for _, rule in planted - rules()} - built_in) == []


def test_every_case_says_why_and_every_consequence_has_its_reason() -> None:
    for one in corpus():
        assert set(one) <= KEYS
        assert one["why"]
        assert all([*(one.get("also") or {}).values(), *(one.get("near_also") or {}).values()])


def test_every_fault_is_found_at_its_cell_and_nothing_else_is(answers: list[Answer]) -> None:
    wrong = [str(one) for one in answers if not one.is_right]

    assert wrong == []


def test_precision_and_recall(answers: list[Answer]) -> None:
    planted = sum(len(one.expected) for one in answers)
    hits = sum(len(one.expected & one.found) for one in answers)
    found = sum(len(one.found) for one in answers)
    strange = sum(len(set(one.beside) - set(one.case.also)) for one in answers)

    print(f"{planted} planted, recall {hits / planted:.4f}, precision {hits / (found + strange):.4f}")
    assert (hits, found + strange) == (planted, planted)
