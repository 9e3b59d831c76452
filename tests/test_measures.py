"""Indicators at every level: sum over sum, and a note wherever there is no figure."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.measures import measure
from povplan.model import MEASURE_COLUMNS, UNIT
from povplan.spec import Indicator, Ledger
from povplan.units import Tree
from tests.drawing import frame

VILLAGE = Ledger.model_validate(
    {
        "ledger": "village",
        "label": "村台账",
        "level": "village",
        "key": ["name"],
        "fields": [
            {"id": "name", "label": "村名", "type": "text"},
            {"id": "poor", "label": "贫困人口", "type": "integer"},
            {"id": "persons", "label": "人口", "type": "integer"},
            {"id": "income", "label": "收入", "type": "money"},
        ],
    }
)
ROWS = frame(
    """
    _unit        poor  persons   income
    县/甲镇/一村    10      100   1000.10
    县/甲镇/二村    90      300   2000.20
    县/乙镇/三村     0      100         ·
    县/乙镇/四村     ·      500   4000.40
    """,
    income="money",
)
TREE = Tree.of(ROWS[UNIT])


def indicator(value: str = "sum(poor) / sum(persons)", **more: Any) -> Indicator:
    given = {
        "id": "rate",
        "label": "贫困发生率",
        "domain": "economic",
        "ledger": "village",
        "value": value,
        "in": "percent",
    }
    return Indicator.model_validate(given | more)


def run(*indicators: Indicator, rows: pd.DataFrame = ROWS, year: int = 2019) -> pd.DataFrame:
    return measure(indicators, {"village": rows}, {"village": VILLAGE}, {}, year, date(year, 12, 31), TREE)


def values(figures: pd.DataFrame) -> dict[str, Any]:
    return dict(zip(figures["unit"], figures["value"], strict=True))


def test_a_rate_is_sum_over_sum_at_every_level() -> None:
    figures = run(indicator())

    assert list(figures.columns) == list(MEASURE_COLUMNS)
    assert values(figures) == {
        "县": 100 / 500,
        "县/甲镇": 100 / 400,
        "县/甲镇/一村": 0.1,
        "县/甲镇/二村": 0.3,
        "县/乙镇": 0.0,
        "县/乙镇/三村": 0.0,
        "县/乙镇/四村": pd.NA,
    }
    county = figures.iloc[0]
    assert county[["level", "year", "numerator", "denominator", "n", "left_out"]].tolist() == [
        *("county", 2019, 100, 500, 3, 1)
    ]


def test_a_village_without_a_usable_row_says_so() -> None:
    figures = run(indicator()).set_index("unit")

    assert figures.loc["县/乙镇/四村", "note"] == "no_rows"
    assert figures["note"].isna().sum() == len(figures) - 1


def test_money_comes_out_in_yuan() -> None:
    figures = values(run(indicator("sum(income)", **{"in": "元"})))

    assert figures["县"] == 7000.70
    assert figures["县/乙镇/三村"] is pd.NA


def test_outside_its_life_an_indicator_has_no_figure() -> None:
    figures = run(indicator(valid="2014..2018"))

    assert figures["value"].isna().all()
    assert set(figures["note"]) == {"out_of_life"}
    assert len(figures) == len(TREE.paths)


def test_without_its_ledger_an_indicator_has_no_rows() -> None:
    figures = measure([indicator()], {}, {"village": VILLAGE}, {}, 2019, date(2019, 12, 31), TREE)

    assert set(figures["note"]) == {"no_rows"}
    assert figures["n"].sum() == 0


def test_too_few_rows_give_the_parts_but_no_figure() -> None:
    figures = run(indicator(at_least=2))

    parts = ["value", "note", "n", "denominator"]
    assert figures[parts].values.tolist()[1:3] == [[0.25, pd.NA, 2, 400], [pd.NA, "too_few", 1, 100]]
    assert figures["note"].iloc[-1] == "no_rows"


def test_one_level_is_picked_in_the_official_order() -> None:
    found = run(indicator(), indicator("count(poor >= 0)", id="villages"))
    townships = found[found["level"] == "township"]

    assert townships["unit"].tolist() == ["县/甲镇", "县/乙镇"] * 2
    assert townships["indicator"].tolist() == ["rate", "rate", "villages", "villages"]


def test_last_year_is_at_hand_for_prev() -> None:
    rows = ROWS.assign(_entity=ROWS[UNIT])
    growth = indicator("sum(persons - prev(persons))")
    figures = measure(
        [growth],
        {"village": rows},
        {"village": VILLAGE},
        {},
        2019,
        date(2019, 12, 31),
        TREE,
        previous={"village": rows.assign(persons=rows["persons"] - 1)},
    )

    assert values(figures)["县"] == 4


def test_no_indicator_gives_an_empty_frame_of_measures() -> None:
    figures = run()

    assert len(figures) == 0
    assert list(figures.columns) == list(MEASURE_COLUMNS)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=4, max_size=4), st.permutations(range(4))
)
def test_levels_add_up_and_order_does_not_matter(poor: list[int | None], order: list[int]) -> None:
    rows = ROWS.assign(poor=pd.Series(poor, dtype="Int64"))
    total = indicator("sum(poor)", **{"in": "人"})

    figures, shuffled = run(total, rows=rows), run(total, rows=rows.iloc[order])

    pd.testing.assert_frame_equal(figures, shuffled)
    sums = figures.groupby("level")["value"].sum()
    np.testing.assert_array_equal(sums.to_numpy(float), sum(one or 0 for one in poor))
