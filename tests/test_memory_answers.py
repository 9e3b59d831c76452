"""Answers to findings that belong to no year: nothing follows from them, and that is said."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pandas as pd
import pytest

from povplan.checks.numbers import numbers
from povplan.memory import answers
from povplan.memory.registers import YEAR
from povplan.memory.waivers import Scene
from povplan.model import ENTITY, FINDING_COLUMNS, ROW, SOURCE, UNIT

UNDATED = pd.DataFrame([{"rule": "unknown_column", "ledger": "household", "digest": "aa"}]).reindex(
    columns=list(FINDING_COLUMNS)
)


def scene() -> Scene:
    none: Any = None
    return Scene(UNDATED, UNDATED.iloc[:0], cast(Any, none), {}, cast(Any, none), dt.date(2025, 3, 1))


@pytest.mark.parametrize(
    ("result", "new"), [(answers.TRUE, None), (answers.MENDED, "3")], ids=["true and agreed", "mended"]
)
def test_an_answer_to_a_finding_of_no_year_excuses_and_amends_nothing_and_is_told(
    result: str, new: str | None
) -> None:
    (number,) = numbers(UNDATED)
    blank = dict.fromkeys(answers.FIELDS)
    marks = {ENTITY: "1", UNIT: None, SOURCE: 1, ROW: 2, YEAR: 2024}
    told = {"number": number, "result": result, "new": new, "opinion": answers.CONSENT, "approver": "样本甲"}
    rows = pd.DataFrame([{**blank, **marks, **told}])

    assert len(answers.waivers(rows, scene())) == 0
    assert len(answers.amendments(rows, scene())) == 0
    (remark,) = answers.judged(rows, scene())
    assert remark.rule == "answer_unknown"
    assert "没有年份" in remark.said.zh
