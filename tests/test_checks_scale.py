"""Values out of scale: the zero too many and the 万元 among 元, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.checks import Checked, Scale, outliers
from povplan.formulas import Rows
from povplan.model import ENTITY
from povplan.spec import Ledger

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"
VILLAGE = {
    "ledger": "village",
    "label": "村台账",
    "level": "village",
    "key": ["name"],
    "fields": [{"id": "planned", "label": {"zh": "规划投入", "en": "Planned funds"}, "type": "money"}],
}


def run(yuan: list[float | None], scale: Scale | None = None, **more: Any) -> Checked:
    fen = pd.Series([None if one is None else round(one * 100) for one in yuan], dtype="Int64")
    names = pd.Series([f"v{i}" for i in range(len(yuan))], dtype="string")
    rows = Rows(pd.DataFrame({ENTITY: names, "planned": fen}), 2011, date(2011, 12, 31), None, {})
    return outliers(Ledger.model_validate(VILLAGE | more), rows, {}, scale or Scale())


USUAL: list[float | None] = [100_000 * (1 + i / 10) for i in range(20)]


def test_an_amount_typed_in_another_unit_is_doubtful_and_the_hint_says_so() -> None:
    found = run([*USUAL, 20]).findings

    assert found["entity"].tolist() == ["v20"]
    assert found["severity"].tolist() == ["doubt"]
    assert found["message_zh"].tolist() == ["规划投入与其他数值相差悬殊：规划投入 20 元，中位数为 190,000 元"]
    assert found["hint_en"].str.contains("yuan and 10,000 yuan may be mixed").all()


def test_an_amount_hundreds_of_times_too_large_is_doubtful_without_talk_of_units() -> None:
    found = run([*USUAL, 80_000_000]).findings

    assert found["entity"].tolist() == ["v20"]
    assert not found["hint_zh"].str.contains("万元").any()


def test_a_few_villages_in_the_wrong_unit_are_found_together() -> None:
    assert run([*USUAL, 20, 15, 9]).findings["entity"].tolist() == ["v20", "v21", "v22"]


def test_zeros_are_not_asked_and_blanks_are_not_evaluable() -> None:
    counts = run([*USUAL, 0, None, 20]).evaluated

    assert counts[["passed", "failed", "not_evaluable"]].values.tolist() == [[20, 1, 1]]


def test_below_ten_known_values_nothing_is_said() -> None:
    checked = run([*USUAL[:8], 20])

    assert len(checked.findings) == 0
    assert checked.evaluated[["passed", "failed", "not_evaluable"]].values.tolist() == [[0, 0, 9]]


def test_a_long_tail_without_a_gap_is_left_alone() -> None:
    assert len(run([10.0**power for power in np.linspace(2, 7, 40)]).findings) == 0


def test_a_field_that_is_nearly_always_one_may_be_five() -> None:
    assert len(run([*[1.0] * 30, 5, 10]).findings) == 0


def test_lines_of_money_are_judged_only_within_their_groups() -> None:
    fields = [*VILLAGE["fields"], {"id": "source", "label": "来源", "type": "text"}]
    spec = Ledger.model_validate(VILLAGE | {"ledger": "fund", "level": "entry", "fields": fields})
    small = [100 * (1 + i) for i in range(12)]
    large = [10**9 * (1 + i) for i in range(12)]
    frame = pd.DataFrame({"planned": [*small, *large, 3], "source": [*"a" * 12, *"b" * 12, "b"]})
    rows = Rows(frame.astype({"planned": "Int64", "source": "string"}), 2011, date(2011, 12, 31), None, {})

    assert len(outliers(spec, rows, {}).findings) == 0
    grouped = outliers(spec, rows, {}, by=["source"])
    assert len(grouped.findings) == 1
    assert grouped.evaluated["passed"].tolist() == [24]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10**8), min_size=10, max_size=40), st.sampled_from([2, 1024]))
def test_what_is_out_of_scale_does_not_depend_on_the_unit(values: list[int], factor: int) -> None:
    amounts = np.array(values, float)

    assert Scale().out_of(amounts).tolist() == Scale().out_of(amounts * factor).tolist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10**8), min_size=10, max_size=40))
def test_less_than_half_of_the_values_are_ever_out_of_scale(values: list[int]) -> None:
    assert Scale().out_of(np.array(values, float)).sum() * 2 <= len(values)


def test_in_a_real_county_the_village_with_300_million_is_found_and_few_others() -> None:
    calamine = pytest.importorskip("python_calamine")
    path = FIXTURES / "village_ledgers" / "gz2011_conghua-206_funds.xls"
    if not path.exists():
        pytest.skip("the real files are not here")
    book = calamine.CalamineWorkbook.from_path(str(path))
    head, *villages, total = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert total[0] == "合计"
    fields = [{"id": f"c{j}", "label": head[j], "type": "money"} for j in range(8, 17)]
    columns = {
        f"c{j}": pd.Series([None if row[j] == "" else round(row[j] * 100) for row in villages], dtype="Int64")
        for j in range(8, 17)
    }
    names = pd.Series(["/".join(row[:3]) for row in villages], dtype="string")
    rows = Rows(pd.DataFrame({ENTITY: names, **columns}), 2011, date(2011, 12, 31), None, {})

    found = outliers(Ledger.model_validate(VILLAGE | {"fields": fields}), rows, {}).findings

    planned = found[found["field"] == "c8"]
    assert planned["message_zh"][planned["entity"].str.endswith("小杉村")].tolist() == [
        "规划投入资金（元）与其他数值相差悬殊：规划投入资金（元） 300,500,000 元，中位数为 720,000 元"
    ]
    assert found["entity"].nunique() == 8
    assert len(found) == 11
