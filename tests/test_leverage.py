"""Leverage of the special fund: what counts, what is kept out, and why a ratio is missing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povplan.leverage import leverage, stage_in_use
from povplan.model import MEASURE_COLUMNS, UNIT
from povplan.spec import Funds
from povplan.units import Tree
from tests.drawing import frame

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"

FUNDS = Funds.model_validate(
    {
        "classes": [
            {"id": "fiscal", "label": "财政专项"},
            {"id": "unit", "label": "帮扶单位"},
            {"id": "social", "label": "社会"},
            {"id": "credit", "label": "信贷"},
        ],
        "sources": [
            {"id": "special", "label": "财政专项", "class": "fiscal", "lever": True},
            {"id": "own", "label": "单位自筹", "class": "unit"},
            {"id": "donation", "label": "社会募捐", "class": "social"},
            {"id": "investment", "label": "社会引资", "class": "social"},
            {"id": "loan", "label": "信贷", "class": "credit", "memo": True},
        ],
        "stages": [
            {"id": "planned", "label": "计划"},
            {"id": "allocated", "label": "下达"},
            {"id": "arrived", "label": "到位"},
            {"id": "paid", "label": "支出"},
        ],
    }
)
TREE = Tree.of(["县/甲镇/一村", "县/甲镇/二村", "县/乙镇/三村"])
TYPES = {"amount": "money", "source": "text", "stage": "text", "project_id": "text", UNIT: "text"}


def lines(drawing: str) -> pd.DataFrame:
    return frame(drawing, **TYPES)  # type: ignore[arg-type]


def value(figures: pd.DataFrame, indicator: str, unit: str = "县", scope: str = "all") -> Any:
    return one(figures, indicator, unit, scope)["value"]


def one(figures: pd.DataFrame, indicator: str, unit: str = "县", scope: str = "all") -> pd.Series:
    found = figures[
        (figures["indicator"] == indicator) & (figures["unit"] == unit) & (figures["scope"] == scope)
    ]
    assert len(found) == 1
    return found.iloc[0]


SMALL = lines("""
    _unit       project_id  source    stage    amount
    县/甲镇/一村  p1       special   paid        100
    县/甲镇/一村  p1       own       paid        300
    县/甲镇/二村  p2       donation  paid         50
    县/甲镇/二村  p2       loan      paid       1000
    县/乙镇/三村  p3       special   paid        100
    县/乙镇/三村  p3       special   planned     900
""")


def test_leverage_is_sum_over_sum_and_never_the_mean_of_ratios() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024)

    assert list(figures.columns) == list(MEASURE_COLUMNS)
    assert value(figures, "leverage_others") == 350 / 200
    assert value(figures, "leverage_others", "县/甲镇/一村") == 3.0
    assert value(figures, "leverage_others", "县/乙镇/三村") == 0.0
    assert value(figures, "leverage_total") == 550 / 200


def test_a_ratio_carries_its_parts_in_yuan_and_the_lines_it_used() -> None:
    ratio = one(leverage(SMALL, FUNDS, TREE, 2024), "leverage_others")

    assert ratio[["numerator", "denominator", "n", "left_out", "year"]].tolist() == [350, 200, 4, 0, 2024]
    assert ratio["basis"] == "paid"


def test_a_village_without_special_fund_has_no_leverage_and_says_why() -> None:
    village = one(leverage(SMALL, FUNDS, TREE, 2024), "leverage_others", "县/甲镇/二村")

    assert village["value"] is pd.NA
    assert village["note"] == "no_lever"


def test_with_lever_keeps_only_projects_that_have_special_money() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024)

    assert value(figures, "leverage_others", scope="with_lever") == 300 / 200
    assert value(figures, "others", "县/甲镇", "with_lever") == 300
    assert one(figures, "others", "县/甲镇/二村", "with_lever")["note"] == "no_rows"


def test_without_a_project_the_subject_is_the_village() -> None:
    figures = leverage(
        lines("""
            _unit       project_id  source   stage  amount
            县/甲镇/一村  ·        special  paid      10
            县/甲镇/一村  ·        own      paid      20
            县/甲镇/一村  p1       own      paid     400
            县/甲镇/二村  ·        own      paid    8000
        """),
        FUNDS,
        TREE,
        2024,
    )

    assert value(figures, "leverage_others") == 842.0
    assert value(figures, "leverage_others", scope="with_lever") == 2.0


def test_repayable_money_is_a_memo_outside_the_ratio_and_the_total() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024)

    assert value(figures, "memo") == 1000
    assert value(figures, "total") == 550
    assert "leverage_credit" not in set(figures["indicator"])
    assert value(figures, "amount_credit") == 1000


def test_money_without_a_known_source_is_reported_outside_the_ratio() -> None:
    figures = leverage(
        lines("""
            _unit       source   stage  amount
            县/甲镇/一村  special  paid      10
            县/甲镇/一村  own      paid      20
            县/甲镇/一村  ·        paid       7
            县/甲镇/一村  moon     paid       3
        """),
        FUNDS,
        TREE,
        2024,
    )

    assert value(figures, "unclassified") == 10
    assert value(figures, "leverage_others") == 2.0
    assert value(figures, "total") == 30


def test_a_blank_amount_is_left_out_and_counted() -> None:
    figures = leverage(
        lines("""
            _unit       source   stage  amount
            县/甲镇/一村  special  paid      10
            县/甲镇/一村  own      paid      20
            县/甲镇/二村  special  paid      10
            县/甲镇/二村  own      paid       ·
        """),
        FUNDS,
        TREE,
        2024,
    )

    assert one(figures, "leverage_others")[["value", "n", "left_out"]].tolist() == [1.0, 3, 1]
    unknown = one(figures, "leverage_others", "县/甲镇/二村")
    assert (unknown["value"] is pd.NA, unknown["note"]) == (True, "no_rows")
    assert value(figures, "leverage_total", "县/甲镇/二村") is pd.NA


def test_the_basis_is_the_first_stage_present_and_stages_are_never_mixed() -> None:
    rows = lines("""
        _unit       source   stage    amount
        县/甲镇/一村  special  planned     10
        县/甲镇/一村  own      planned     90
        县/甲镇/一村  special  arrived      5
        县/甲镇/一村  own      arrived     10
        县/甲镇/一村  own      paid         ·
    """)

    assert stage_in_use(rows, FUNDS) == "arrived"
    assert value(leverage(rows, FUNDS, TREE, 2024), "leverage_others") == 2.0
    assert value(leverage(rows, FUNDS, TREE, 2024, basis="planned"), "leverage_others") == 9.0


def test_a_stage_that_no_line_has_gives_no_figures_but_the_note() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024, basis="allocated")

    assert set(figures["note"]) == {"no_stage"}
    assert set(figures["basis"]) == {"allocated"}
    assert figures["value"].isna().all()


def test_without_any_line_there_is_no_stage_at_all() -> None:
    figures = leverage(SMALL.iloc[:0], FUNDS, TREE, 2024)

    assert figures["basis"].isna().all()
    assert set(figures["note"]) == {"no_stage"}


def test_money_whose_stage_is_not_known_is_shown_apart() -> None:
    rows = SMALL.copy()
    rows.loc[0, "stage"] = pd.NA

    figures = leverage(rows, FUNDS, TREE, 2024)

    assert value(figures, "unstaged") == 100
    assert value(figures, "lever") == 100


def test_the_classes_add_up_to_the_whole() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024)

    classes = [name for name in set(figures["indicator"]) if name.startswith("amount_")]
    assert sum(float(value(figures, name)) for name in classes) == 550 + 1000
    assert value(figures, "leverage_unit") + value(figures, "leverage_social") == 350 / 200


def test_without_classes_only_the_headline_is_given() -> None:
    figures = leverage(SMALL, FUNDS, TREE, 2024, by_class=False)

    assert not any(name.startswith("amount_") for name in set(figures["indicator"]))


def test_money_is_exact_to_the_fen() -> None:
    many = pd.concat([SMALL.iloc[:1].assign(amount=10)] * 30, ignore_index=True)

    assert value(leverage(many, FUNDS, TREE, 2024), "lever") == 3.0


SOURCES = [source.id for source in FUNDS.sources]
LINE = st.tuples(
    st.sampled_from([*TREE.paths[2:4], TREE.paths[5], None]),
    st.sampled_from(["p1", "p2", None]),
    st.sampled_from([*SOURCES, None]),
    st.sampled_from(["paid", "planned"]),
    st.one_of(st.none(), st.integers(0, 10**9)),
)


Line = tuple[str | None, str | None, str | None, str, int | None]


def drawn(rows: Sequence[Line]) -> pd.DataFrame:
    columns = [UNIT, "project_id", "source", "stage", "amount"]
    dtypes = dict.fromkeys(columns[:-1], "string") | {"amount": "Int64"}
    return pd.DataFrame(list(rows), columns=columns).astype(dtypes)


@settings(max_examples=40, deadline=None)
@given(st.lists(LINE, max_size=12), st.sampled_from(["own", "donation"]), st.integers(1, 10**6))
def test_more_other_money_in_the_same_projects_never_lowers_leverage(
    rows: Sequence[Line], source: str, fen: int
) -> None:
    before = leverage(drawn(rows), FUNDS, TREE, 2024, "paid")
    more = [*rows, (TREE.paths[2], "p1", source, "paid", fen)]
    after = leverage(drawn(more), FUNDS, TREE, 2024, "paid")

    for scope in ("all", "with_lever"):
        old, new = (value(figures, "leverage_others", scope=scope) for figures in (before, after))
        assert old is pd.NA or new >= old


@settings(max_examples=40, deadline=None)
@given(st.lists(LINE, max_size=12), st.randoms())
def test_the_order_of_lines_changes_nothing(
    rows: Sequence[Line],
    random: Random,
) -> None:
    other = list(rows)
    random.shuffle(other)

    pd.testing.assert_frame_equal(
        leverage(drawn(rows), FUNDS, TREE, 2024), leverage(drawn(other), FUNDS, TREE, 2024)
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(LINE, max_size=12))
def test_villages_add_up_to_townships_and_these_to_the_county(
    rows: Sequence[Line],
) -> None:
    figures = leverage(drawn(rows), FUNDS, TREE, 2024)

    for name in ("lever", "others", "memo", "unclassified"):
        sums = figures[figures["indicator"] == name].groupby(["scope", "level"])["value"].sum().unstack()
        np.testing.assert_allclose(sums["village"].astype(float), sums["county"].astype(float), rtol=1e-12)
        np.testing.assert_allclose(sums["village"].astype(float), sums["township"].astype(float), rtol=1e-12)


def conghua() -> pd.DataFrame:
    """The village ledger as long fund lines, one a village and source; blank cells stay blank."""
    calamine = pytest.importorskip("python_calamine")
    path = FIXTURES / "village_ledgers" / "gz2011_conghua-206_funds.xls"
    if not path.exists():
        pytest.skip("the real files are not here")
    book = calamine.CalamineWorkbook.from_path(str(path))
    _, *villages = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    columns = {12: "special", 13: "loan", 14: "own", 15: "donation", 16: "investment"}
    rows = [
        ("/".join(row[:3]), None, source, "paid", None if row[j] == "" else round(row[j] * 100))
        for row in villages
        if row[0] != "合计"
        for j, source in columns.items()
    ]
    return drawn(rows)


def test_the_special_fund_of_a_real_county_moved_3_81_yuan_for_each_of_its_own() -> None:
    rows = conghua()

    figures = leverage(rows, FUNDS, Tree.of(rows[UNIT]), 2011)

    county = figures[figures["level"] == "county"].set_index(["scope", "indicator"])["value"]
    assert county["all", "lever"] == 3_111_977
    assert county["all", "amount_unit"] == 8_823_311.10
    assert round(county["all", "leverage_others"], 6) == 3.814588
    assert round(county["with_lever", "leverage_others"], 6) == 0.425935
    assert county["all", "memo"] == 0
    villages = figures[(figures["level"] == "village") & (figures["indicator"] == "leverage_others")]
    assert (villages["note"] != "no_lever").fillna(True).groupby(villages["scope"]).sum().tolist() == [14, 14]


def test_a_real_portfolio_has_the_published_cofinancing_ratio() -> None:
    path = FIXTURES / "funds" / "gef-projects.csv"
    if not path.exists():
        pytest.skip("the real files are not here")
    with path.open(encoding="utf-8", newline="") as file:
        projects = [row for row in csv.DictReader(file) if row["ID"]]
    columns = {"Grant": "special", "Cofinancing": "own"}
    rows = drawn(
        [
            (f"GEF/{project['Period']}", project["ID"], source, "paid", _dollars(project[column]))
            for project in projects
            for column, source in columns.items()
        ]
    )

    figures = leverage(rows, FUNDS, Tree.of(rows[UNIT]), 2020)

    assert value(figures, "lever", "GEF") == 18_282_386_821
    assert round(float(value(figures, "leverage_others", "GEF")), 6) == 6.146916
    assert round(float(value(figures, "leverage_others", "GEF/GEF - 4")), 4) == 6.1985
    each = rows.assign(**{UNIT: "GEF/" + rows["project_id"]})
    single = leverage(each, FUNDS, Tree.of(each[UNIT]), 2020, by_class=False)
    without = (single["indicator"] == "leverage_others") & (single["note"] == "no_lever")
    assert (without & (single["scope"] == "all")).sum() == 103


def _dollars(text: str) -> int | None:
    digits = text.strip().lstrip("$").replace(",", "").strip()
    return round(float(digits) * 100) if digits not in ("", "-") else None
