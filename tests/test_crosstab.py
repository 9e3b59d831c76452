"""A cross-tab: margins from the rows, blanks counted, shares that add up."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.crosstab import CrossTab, apportioned, axis, crosstab, shares
from povplan.formulas import Rows, Scope, measure_formula
from povplan.spec import Ledger
from povplan.units import Tree
from tests.drawing import code_list, frame

CAUSES = code_list("cause", ill="因病", school="因学", land="缺土地")
TREE = Tree.of(["县/西镇", "县/西镇/丙村", "县/东镇/乙村", "县/东镇/丙村"])
LEDGER = Ledger.model_validate(
    {
        "ledger": "household",
        "label": "农户",
        "level": "household",
        "key": [["id"]],
        "fields": [
            {"id": "id", "label": "户编号", "type": "code"},
            {"id": "township", "label": "乡镇", "type": "text", "place": "township"},
            {"id": "village", "label": "行政村", "type": "text", "place": "village"},
            {"id": "cause", "label": "致贫原因", "type": "choice", "codes": "cause"},
            {"id": "house", "label": "是否危房", "type": "boolean"},
            {"id": "persons", "label": "家庭人口数", "type": "integer"},
            {"id": "income", "label": "年纯收入", "type": "money"},
            {"id": "crop", "label": "主导产业", "type": "text"},
            {"id": "since", "label": "建档日期", "type": "date"},
            {"id": "stage", "label": "阶段", "type": "choice", "codes": "cause"},
        ],
    }
)
SCOPE = Scope(LEDGER, codes={"cause": CAUSES})
DRAWN = """
    id  unit         cause   house  persons  income
    h1  县/东镇/乙村  school  是     2        1000
    h2  县/东镇/乙村  ill     否     4        9000
    h3  县/东镇/丙村  ill     ·      3        3000
    h4  县/西镇/丙村  ·       否     1        5000
    h5  县/西镇/丙村  school  否     ·        7000
    h6  县/西镇       ill     是     5        8000
"""


def rows(drawing: str = DRAWN, **types: Any) -> Rows:
    drawn = frame(drawing, income="money", house="boolean", **types)
    return Rows(drawn.rename(columns={"unit": "_unit"}).astype({"_unit": "string"}), 2014, date(2014, 12, 31))


def made(value: str, down: str, across: str | None = None, of: Rows | None = None, **more: Any) -> CrossTab:
    of = of or rows()
    chosen = more.pop("chosen", np.ones(len(of), bool))
    bands = more.pop("bands", {})

    def parted(name: str) -> Any:
        return axis(of, chosen, LEDGER.field(name), TREE, {"cause": CAUSES}, bands.get(name, ()))

    lines = [parted(name) for name in down.split(",")]
    formula = measure_formula(value, SCOPE)
    return crosstab(formula, of, chosen, lines, parted(across) if across else None, **more)


def drawn(table: CrossTab, decimals: int = 2) -> list[list[Any]]:
    """Lines as their labels and figures; None where there is none."""
    values = table.grid()
    return [
        [
            *(label.zh for label in line.labels),
            *(None if np.isnan(v) else round(float(v), decimals) for v in values[at]),
        ]
        for at, line in enumerate(table.lines)
    ]


def heads(table: CrossTab) -> list[str]:
    return [column.labels[0].zh for column in table.columns]


# ---- figures and margins ---------------------------------------------------------------------------


def test_rows_are_counted_by_place_in_official_order_and_by_code_in_that_of_its_list() -> None:
    table = made("count()", "township", "cause")

    assert heads(table) == ["因病", "因学", "不详", "合计"]
    assert drawn(table) == [
        ["西镇", 1, 1, 1, 3],
        ["东镇", 2, 1, None, 3],
        ["合计", 3, 2, 1, 6],
    ]


def test_a_ratio_in_a_margin_is_sum_over_sum_and_a_row_without_a_part_is_left_out() -> None:
    table = made("sum(income)/sum(persons)", "township", "house")

    assert heads(table) == ["是", "否", "不详", "合计"]
    assert drawn(table) == [
        ["西镇", 1600, 5000, None, 2166.67],
        ["东镇", 500, 2250, 1000, 1444.44],
        ["合计", 1285.71, 2800, 1000, 1733.33],
    ]
    assert table.cells["left_out"].iloc[-1] == 1


def test_a_median_in_a_margin_is_that_of_all_rows() -> None:
    table = made("median(income)", "township")

    assert drawn(table) == [["西镇", 7000], ["东镇", 3000], ["合计", 6000]]


def test_two_fields_down_have_a_subtotal_for_each_of_the_outer() -> None:
    table = made("sum(income)", "township,village", "house")

    assert [line.kind for line in table.lines] == [
        "category", "category", "subtotal", "category", "category", "subtotal", "total",
    ]  # fmt: skip
    assert drawn(table) == [
        ["西镇", "西镇本级", 8000, None, None, 8000],
        ["西镇", "丙村", None, 12000, None, 12000],
        ["西镇", "小计", 8000, 12000, None, 20000],
        ["东镇", "乙村", 1000, 9000, None, 10000],
        ["东镇", "丙村", None, None, 3000, 3000],
        ["东镇", "小计", 1000, 9000, 3000, 13000],
        ["合计", "", 9000, 21000, 3000, 33000],
    ]


def test_a_cell_without_rows_and_a_ratio_without_denominator_say_why() -> None:
    none = rows("""
        id  unit         cause  persons  income
        h1  县/东镇/乙村  ill    0        1000
        h2  县/西镇/丙村  land   2        1000
    """)

    table = made("sum(income)/sum(persons)", "township", "cause", none)

    assert drawn(table) == [["西镇", None, 500, 500], ["东镇", None, None, None], ["合计", None, 500, 1000]]
    assert table.grid("note").tolist() == [
        ["no_rows", "", ""],
        ["no_denominator", "no_rows", "no_denominator"],
        ["no_denominator", "", ""],
    ]


def test_only_chosen_rows_count_and_only_their_categories_stand() -> None:
    chosen = np.array([True, True, False, False, False, False])

    table = made("count()", "township", "cause", chosen=chosen)

    assert heads(table) == ["因病", "因学", "合计"]
    assert drawn(table) == [["东镇", 1, 1, 2], ["合计", 1, 1, 2]]


def test_no_row_chosen_leaves_a_total_without_figure() -> None:
    table = made("count()", "township", "cause", chosen=np.zeros(6, bool))

    assert drawn(table) == [["合计", None]]


def test_amounts_of_several_stages_are_not_added() -> None:
    money = rows("""
        id  unit         stage  income
        h1  县/东镇/乙村  ill    100
        h2  县/东镇/乙村  land   200
        h3  县/西镇/丙村  land   50
    """)

    table = made("sum(income)", "township", None, money, stages=measure_formula("distinct(stage)", SCOPE))

    assert drawn(table) == [["西镇", 50], ["东镇", None], ["合计", None]]
    assert table.cells["note"].fillna("").tolist() == ["", "mixed_stages", "mixed_stages"]


# ---- categories ------------------------------------------------------------------------------------


def labels(name: str, of: Rows, bands: tuple[float, ...] = ()) -> list[str]:
    every = np.ones(len(of), bool)
    return [one.zh for one in axis(of, every, LEDGER.field(name), TREE, {"cause": CAUSES}, bands).labels]


def test_bands_hold_their_lower_bound_and_empty_ones_between_stay() -> None:
    table = made("count()", "income", None, bands={"income": [0, 1000, 4000, 6000, 8000, 20000]})

    assert drawn(table) == [
        ["1000～4000", 2],
        ["4000～6000", 1],
        ["6000～8000", 1],
        ["8000～20000", 2],
        ["合计", 6],
    ]
    far = rows("id unit income\nh1 县/东镇/乙村 1\nh2 县/东镇/乙村 99\nh3 县/东镇/乙村 ·")
    assert labels("income", far, (10.0, 20.0, 30.0)) == ["10以下", "10～20", "20～30", "30及以上", "不详"]


def test_texts_stand_as_they_first_come_up_numbers_ascending_dates_by_year() -> None:
    three = rows(
        """
        id  unit         crop  persons  since
        h1  县/东镇/乙村  茶    10       2015-06-01
        h2  县/东镇/乙村  稻    2        2014-01-01
        h3  县/东镇/乙村  茶    2        2014-12-31
        """,
        since="date",
    )

    assert labels("crop", three) == ["茶", "稻"]
    assert labels("persons", three) == ["2", "10"]
    assert labels("since", three) == ["2014", "2015"]


# ---- shares ----------------------------------------------------------------------------------------


def test_shares_of_three_equal_parts_add_up_to_one_hundred() -> None:
    assert apportioned(np.array([1.0, 1.0, 1.0])).tolist() == [0.334, 0.333, 0.333]


def test_a_cell_without_rows_has_no_share_and_a_whole_of_zero_none_at_all() -> None:
    assert np.isnan(apportioned(np.array([0.0, 0.0]))).all()
    assert apportioned(np.array([np.nan, 3.0, 1.0])).tolist()[1:] == [0.75, 0.25]


def test_shares_of_line_column_and_whole() -> None:
    table = made("count()", "township", "cause")

    row, col, every = (np.nan_to_num(shares(table, of)).tolist() for of in ("row", "col", "all"))

    assert row == [[0.334, 0.333, 0.333, 1], [0.667, 0.333, 0, 1], [0.5, 0.333, 0.167, 1]]
    assert col == [[0.333, 0.5, 1, 0.5], [0.667, 0.5, 0, 0.5], [1, 1, 1, 1]]
    assert every == [[0.167, 0.167, 0.167, 0.501], [0.333, 0.166, 0, 0.499], [0.5, 0.333, 0.167, 1]]


def test_figures_below_zero_have_no_shares() -> None:
    losses = rows("id unit income\nh1 县/东镇/乙村 -5\nh2 县/西镇/丙村 9")

    with pytest.raises(ValueError, match="negative"):
        shares(made("sum(income)", "township", None, losses), "col")


# ---- whatever the rows -----------------------------------------------------------------------------

UNITS = st.sampled_from(["县/东镇/乙村", "县/东镇/丙村", "县/西镇/丙村", "县/西镇", None])
ROWS = st.lists(
    st.tuples(
        UNITS,
        st.sampled_from(["ill", "school", "land", None]),
        st.one_of(st.none(), st.integers(0, 9)),
        st.one_of(st.none(), st.integers(0, 10**6)),
    ),
    min_size=1,
    max_size=30,
)


def of(given_rows: list[tuple[Any, ...]]) -> Rows:
    units, causes, persons, income = zip(*given_rows, strict=True)
    drawn_frame = pd.DataFrame(
        {
            "_unit": pd.Series(units, dtype="string"),
            "cause": pd.Series(causes, dtype="string"),
            "persons": pd.Series(persons, dtype="Int64"),
            "income": pd.Series(income, dtype="Int64"),
        }
    )
    return Rows(drawn_frame, 2014, date(2014, 12, 31))


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_cells_hold_every_row_once_and_add_up_to_every_margin(given_rows: list[tuple[Any, ...]]) -> None:
    table = made("count()", "township,village", "cause", of(given_rows))

    values = np.nan_to_num(table.grid())
    inner, subtotals = table.places(table.lines, "category"), table.places(table.lines, "subtotal")
    assert values[-1, -1] == len(given_rows)
    assert (values[inner].sum(axis=0) == values[-1]).all()
    assert (values[subtotals].sum(axis=0) == values[-1]).all()
    assert (values[:, :-1].sum(axis=1) == values[:, -1]).all()


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["sum(income)/sum(persons)", "median(income)", "max(persons)", "gini(income)"]))
def test_every_margin_is_the_figure_of_its_rows_alone(given_rows: list[tuple[Any, ...]], value: str) -> None:
    every = of(given_rows)
    table = made(value, "cause", "township", every)

    whole = measure_formula(value, SCOPE).grouped(every, np.zeros(len(every), np.int64), 1)["value"]
    at_total = table.cells["value"].iloc[[-1]]
    assert at_total.isna().tolist() == whole.isna().tolist()
    assert at_total.fillna(0).tolist() == pytest.approx(whole.fillna(0).tolist())


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["row", "col", "all"]))
def test_shares_add_up_exactly(given_rows: list[tuple[Any, ...]], share: Any) -> None:
    table = made("sum(income)", "township,village", "cause", of(given_rows))

    found = np.nan_to_num(shares(table, share))
    inner = found[table.places(table.lines, "category")]
    if share == "row":
        lines = found[found[:, -1] > 0]
        assert lines[:, :-1].sum(axis=1) == pytest.approx(np.ones(len(lines)))
    elif share == "col":
        columns = inner[:, inner.sum(axis=0) > 0]
        assert columns.sum(axis=0) == pytest.approx(np.ones(columns.shape[1]))
    elif found[-1, -1] > 0:
        assert inner[:, :-1].sum() == pytest.approx(1)
        assert inner[:, -1].sum() == pytest.approx(1)
