"""Detectors on drawn tables: each row of the audit catalogue fires on a planted case, not on a near miss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan import benefit, deviations, progress
from povplan.config import load_config
from povplan.deviations import events, plan, poor, projects
from povplan.deviations.life import strangers
from povplan.deviations.tables import TABLES, rows_of
from povplan.evaluation import EVALUATION
from povplan.formulas import Rows, Scope, row_formula
from povplan.messages import catalogue
from povplan.spec import DEVIATION_KINDS, Detector, in_force
from povplan.units import Tree
from tests.definitions import default
from tests.drawing import cells, frame

DAY = dt.date(2024, 12, 31)
NOBODY = pd.DataFrame(
    {
        "project": pd.Series(dtype="string"),
        "department": pd.Series(dtype="string"),
        "person": pd.Series(dtype="string"),
    }
)


def detector(name: str) -> Detector:
    return next(one for one in default().detectors if one.id == name)


def found(name: str, table: pd.DataFrame, year: int = 2024) -> list[Any]:
    """The subjects that one shipped detector finds in a table."""
    config = default()
    told = deviations.detect(
        [detector(name)], {detector(name).table: table}, config.parameters, config.measurement, year
    )
    return list(told.deviations["subject"])


def bound(name: str) -> float:
    """The bound of a detector in 2024, in the figure's own terms."""
    one, config = detector(name), default()
    ((_, parameter),) = one.bounds.items()
    unit = config.measurement.get(config.parameters[parameter].unit or "ratio")
    return in_force(config.parameters, parameter, 2024) * float(unit.factor if unit else 1)


# ---- the catalogue as a whole -----------------------------------------------------------------------


def test_every_figure_has_a_word_and_every_table_is_looked_at() -> None:
    words, detectors = catalogue(), default().detectors

    silent = [
        f"{name}.{figure}"
        for name, table in TABLES.items()
        for figure in table.figures
        if f"deviation_figure_{figure}" not in words
    ]
    assert silent == []
    assert {one.kind for one in detectors} == set(DEVIATION_KINDS)
    assert all(one.label.en and one.suggestion.en and one.source for one in detectors)
    assert set(TABLES) - {one.table for one in detectors} == {"burden", "indicators"}


@pytest.mark.parametrize("name", [one.id for one in load_config("default").detectors if one.bounds])
def test_a_figure_past_its_bound_deviates_and_one_at_it_does_not(name: str) -> None:
    one, at = detector(name), bound(name)
    (side,) = one.bounds
    past = at + (1e-4 if side == "above" else -1e-4) * max(abs(at), 1)
    figures = TABLES[one.table].figures
    drawn = pd.DataFrame(
        {
            "subject": ["past", "at", "unknown", "few"],
            one.figure: [past, at, np.nan, past],
            "unit": "桥县/河镇",
        }
    )
    cases = [1000, 1000, 1000, 1 if one.least else 1000]
    table = rows_of(drawn, list(figures), level=one.level, n=cases)

    assert found(name, table) == (["past"] if one.least else ["past", "few"])


def test_unknown_is_neither_found_nor_silent_and_the_number_is_the_same_in_every_run() -> None:
    table = rows_of(
        pd.DataFrame({"subject": ["X1", "X2", "X3"], "unit": "桥县", "lead": [0.5, 0.1, None]}),
        list(TABLES["projects"].figures),
    )

    told = deviations.detect(
        [detector("payment_ahead")], {"projects": table}, default().parameters, default().measurement, 2024
    )

    assert told.asked["fires"].tolist() == [True, False, pd.NA]
    (line,) = told.deviations.to_dict("records")
    assert (line["number"], line["value"], line["bound"]) == (
        deviations.number_of("execution", "payment_ahead", "X1", "桥县", 2024),
        0.5,
        0.3,
    )
    assert line["number"] != deviations.number_of("execution", "payment_ahead", "X1", "桥县", 2023)


# ---- design ------------------------------------------------------------------------------------------


def evaluated(drawing: str) -> pd.DataFrame:
    """EVALUATION of drawn targets; columns that are not drawn are blank."""
    drawn = frame(drawing)
    texts = ("target", "indicator", "named", "unit", "note", "verdict")
    whole = drawn.reindex(columns=[*EVALUATION])
    return whole.astype({name: "string" if name in texts else "Float64" for name in EVALUATION})


def targets(
    drawing: str, planned: pd.DataFrame | None = None, rules: Mapping[str, str] | None = None
) -> pd.DataFrame:
    rows = evaluated(drawing)
    money = pd.DataFrame({"target": rows["target"], "cost": pd.NA, "plan_money": pd.NA}).astype(
        {"cost": "Float64", "plan_money": "Float64"}
    )
    faulty = pd.DataFrame({"target": list(rules or {}), "rule": list((rules or {}).values())}, dtype="string")
    units = {one.id: one.unit for one in default().indicators}
    return plan.targets(rows, faulty, money if planned is None else planned, default().indicators, units)


def test_a_target_at_or_below_its_baseline_is_met_already() -> None:
    """Coverage: 80 of 80, 79 of 80; 80.1 of 80 is something. Of drop-outs fewer is better."""
    table = targets("""
        target indicator           baseline goal
        T1     safe_water_coverage 0.8      0.8
        T2     safe_water_coverage 0.8      0.79
        T3     safe_water_coverage 0.8      0.801
        T4     dropout_rate        0.02     0.02
        T5     dropout_rate        0.02     0.01
        T6     safe_water_coverage ·        0.9
    """)

    assert found("target_met", table) == ["T1", "T2", "T4"]


def test_a_target_asks_for_a_pace_never_reached() -> None:
    """80 to 95 in five years is 3 points a year; the best years brought 2, 1.9 and none at all."""
    table = targets("""
        target indicator           baseline goal baseline_year target_year pace_best n_years
        T1     safe_water_coverage 0.8      0.95 2020          2025        0.019     4
        T2     safe_water_coverage 0.8      0.95 2020          2025        0.02      4
        T3     safe_water_coverage 0.8      0.95 2020          2025        0.0       3
        T4     safe_water_coverage 0.8      0.95 2020          2025        0.001     2
    """)

    assert found("target_pace", table) == ["T1", "T3"]
    assert table["pace_designed"].tolist() == pytest.approx([0.03] * 4)
    assert table["pace_ratio"].tolist()[1:3] == pytest.approx([1.5, np.inf])


def test_plan_money_below_the_cost_of_the_target_and_parts_that_do_not_add_up() -> None:
    live = pd.DataFrame(
        {"target": ["T1", "T2", "T3"], "cost": pd.array([300.0, 200.0, None], dtype="Float64")}
    )
    rows = frame(
        "project_id target_id planned_investment\n X1 T1 120\n X2 T1 179\n X3 T2 200\n X4 · 900",
        planned_investment="money",
        target_id="code",
    )

    table = targets("target\nT1\nT2\nT3", plan.planned_money(live, rows), {"T3": "target_sum"})

    assert found("target_cost", table) == ["T1"]
    assert table["plan_money"].tolist() == [299, 200, 0]
    assert found("target_sum", table) == ["T3"]
    assert plan.planned_money(live, rows.drop(columns="target_id"))["plan_money"].isna().all()


def test_a_redefined_indicator_and_a_target_off_its_path() -> None:
    table = targets("""
        target note           verdict
        T1     not_comparable not_evaluable
        T2     no_rows        not_evaluable
        T3     ·              behind
        T4     ·              out_of_reach
        T5     ·              on_path
    """)

    assert [found(name, table) for name in ("target_redefined", "target_behind", "target_out_of_reach")] == [
        ["T1"],
        ["T3"],
        ["T4"],
    ]


# ---- execution -----------------------------------------------------------------------------------------


def table_of_projects(drawing: str | pd.DataFrame, **types: Any) -> pd.DataFrame:
    """The table of drawn projects of 甲村, for which 县水利局 answers."""
    rows = frame(drawing, **types) if isinstance(drawing, str) else drawing
    rows = rows.assign(_entity=rows["project_id"].astype("string"), _unit="桥县/河镇/甲村")
    state = rows["state"] if "state" in rows else pd.Series(pd.NA, index=rows.index, dtype="string")
    failed = rows["acceptance"] == "不合格" if "acceptance" in rows else pd.Series(False, index=rows.index)
    told = progress.progress(
        rows,
        pd.DataFrame({"year": pd.Series(dtype="int64")}),
        ~failed.fillna(False),
        failed.fillna(False),
        default().parameters,
        DAY,
    )
    told = told.assign(department="县水利局", person=None)
    return projects.projects(
        told, rows, state.isin(["终止", "取消"]), pd.Series(False, index=rows.index, dtype="boolean"), 2024
    )


def test_late_starts_finishes_and_projects_given_up() -> None:
    """Thirty days are allowed; what was given up is late for nothing."""
    table = table_of_projects(
        """
        project_id planned_start started_on planned_finish finished_on state
        X1         2024-04-01    2024-05-01 2024-09-01     2024-10-01  ·
        X2         2024-04-01    2024-05-02 2024-09-01     2024-10-02  ·
        X3         2024-11-30    ·          2025-09-01     ·           正常
        X4         2024-12-01    ·          2025-09-01     ·           正常
        X5         2024-04-01    ·          2024-09-01     ·           取消
        """,
        planned_start="date", started_on="date", planned_finish="date", finished_on="date",
    )  # fmt: skip

    assert found("late_start", table) == ["X2", "X3"]
    assert found("late_finish", table) == ["X2"]
    assert found("stopped", table) == ["X5"]


def test_money_ahead_of_work_and_work_ahead_of_money() -> None:
    table = table_of_projects(
        """
        project_id progress planned_investment paid_amount
        X1         20       1000               500
        X2         20       1000               501
        X3         80       1000               500
        X4         80       1000               499
        X5         ·        1000               900
        """,
        progress="number", planned_investment="money", paid_amount="money",
    )  # fmt: skip

    assert (found("payment_ahead", table), found("work_ahead", table)) == (["X2"], ["X4"])


def test_outside_the_library_before_approval_unpublished_undecided_failed() -> None:
    table = table_of_projects(
        """
        project_id in_library started_on approved_on published village_decision acceptance
        X1         true       2024-03-01 2024-03-01  true      true             合格
        X2         false      2024-02-29 2024-03-01  false     false            不合格
        X3         ·          2024-02-29 ·           ·         ·                ·
        """,
        in_library="boolean", started_on="date", approved_on="date", published="boolean",
        village_decision="boolean",
    )  # fmt: skip

    names = ("outside_library", "before_approval", "unpublished", "undecided", "quality_failed")
    assert [found(name, table) for name in names] == [["X2"]] * 5
    asked = deviations.detect(
        [detector("outside_library")], {"projects": table}, default().parameters, default().measurement, 2024
    ).asked
    assert asked["fires"].tolist() == [False, True, pd.NA]


def test_few_who_took_part_few_satisfied_and_complaints_that_are_open() -> None:
    names = "beneficiary deciding surveyed satisfied complaints complaints_settled".split()  # noqa: SIM905
    counts = {"X1": [20, 10, 10, 8, 2, 2], "X2": [20, 9, 10, 7, 2, 1], "X3": [5, None, 10, 7, None, None]}
    rows = pd.DataFrame.from_dict(counts, orient="index", columns=names, dtype="Int64")
    rows.columns = [f"{name}_households" if "complaints" not in name else name for name in names]

    table = table_of_projects(rows.rename_axis("project_id").reset_index())

    assert [found(name, table) for name in ("few_decided", "unsatisfied", "complaints")] == [["X2"]] * 3


def test_money_for_a_project_that_no_ledger_knows() -> None:
    """Two stages of 100 are 100; labour is no money."""
    funds = frame(
        """
        _unit         project_id stage     form   amount
        桥县/河镇     X1         paid      ·      50
        桥县/河镇     X9         allocated ·      100
        桥县/河镇     X9         paid      ·      100
        桥县/河镇     X8         paid      labour 70
        """,
        amount="money",
    )

    table = projects.strays(funds, pd.Series(["X1"], dtype="string"))

    assert found("stray_money", table) == ["X9"]
    assert cells(table.set_index("subject"), "X9", "amount", "lines") == [100, 2]


def test_money_idle_for_a_year_and_for_two() -> None:
    """10,000 yuan may lie; what is above has lain since 2022, since the middle of 2023, since this year."""
    lines = frame(
        """
        year _unit     project_id source  stage   amount date
        2022 桥县/河镇 X1         special arrived 90000  2022-06-30
        2022 桥县/河镇 X1         special paid    50000  2022-09-30
        2023 桥县/河镇 X2         special arrived 30000  2023-06-30
        2023 桥县/河镇 X3         special arrived 10000  2023-06-30
        2024 桥县/河镇 X4         special arrived 90000  2024-06-30
        """,
        amount="money", date="date", project_id="code",
    )  # fmt: skip
    funds = default().funds
    assert funds

    table = projects.lines_of_money(progress.idle(lines, funds, DAY), "idle", {"special": "专项"}, NOBODY)

    assert (found("idle_1", table), found("idle_2", table)) == (["X2|special"], ["X1|special"])
    assert table.set_index("subject").loc["X1|special", "over_2"] == 40000


def integrated(drawing: str) -> pd.DataFrame:
    """The table of drawn lines of money of 2024."""
    lines = frame(drawing, amount="money", integrated="boolean").assign(year=2024)
    funds = default().funds
    assert funds
    paths = ("桥县", "桥县/河镇", "桥县/山乡")
    tree = Tree(paths, np.array([-1, 0, 0], np.int64), np.array([0, 1, 1], np.int64))
    return projects.integration(lines, funds, tree, 2024)


def test_integrated_money_is_slow_below_the_floor_of_what_can_be_spent() -> None:
    """Of the county 79 of 100 paid: 49 of 60 and 30 of 40. Money that is not integrated does not count."""
    drawing = """
        _unit     source     integrated stage     amount
        桥县/河镇 integrated ·          allocated 60
        桥县/河镇 integrated ·          paid      49
        桥县/山乡 sector     true       allocated 40
        桥县/山乡 sector     true       paid      30
        桥县/山乡 sector     false      paid      900
        桥县/山乡 household_cash ·      paid      900
    """

    table = integrated(drawing).set_index("subject")

    assert found("integration_slow", integrated(drawing)) == ["桥县"]
    assert table["integrated_paid_share"].tolist() == pytest.approx([0.79, 49 / 60, 0.75])
    assert found("integration_slow", integrated(drawing.replace("      49", "      50"))) == []


def test_integrated_money_of_which_nothing_is_paid_is_slow_and_what_is_not_followed_is_unknown() -> None:
    unpaid = "_unit source integrated stage amount\n桥县 integrated · arrived 60\n桥县 sector false paid 5"
    blank = "_unit source integrated stage amount\n桥县 integrated · arrived 60\n桥县 integrated · paid ·"
    nowhere = "_unit source integrated stage amount\n桥县 integrated · arrived 60"

    assert found("integration_slow", integrated(unpaid)) == ["桥县"]
    assert [int(integrated(one)["integrated_paid_share"].isna().sum()) for one in (blank, nowhere)] == [3, 3]


# ---- pro-poorness ----------------------------------------------------------------------------------------


def recipients(amounts: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ten households with 1,000 to 10,000 yuan a head, and what each of them got from project X1."""
    names = [f"H{n}" for n in range(1, 11)]
    homes = pd.DataFrame(
        {
            "_entity": pd.Series(names, dtype="string"),
            "_unit": pd.Series("桥县/河镇/甲村", index=range(10), dtype="string"),
            "persons": pd.Series(1, index=range(10), dtype="Int64"),
            "net_income": pd.Series([n * 1000_00 for n in range(1, 11)], dtype="Int64"),
        }
    )  # fmt: skip
    some = [(name, amount) for name, amount in zip(names, amounts, strict=True) if amount]
    lines = pd.DataFrame(
        {
            "household": pd.Series([name for name, _ in some], dtype="string"),
            "unit": "桥县/河镇/甲村", "project": "X1",
            "amount": pd.Series([amount for _, amount in some], dtype="Float64"), "income": False,
        }
    )  # fmt: skip
    return lines, benefit.register(homes, pd.Series(True, index=range(10), dtype="boolean"), lines)


def spread(amounts: list[float]) -> pd.DataFrame:
    lines, registered = recipients(amounts)
    config = default()
    even, unlike = (
        in_force(config.parameters, name, 2024) for name in ("averaging_variation", "income_variation")
    )
    declared = frame("_entity _unit project_name\n X1 桥县/河镇 蜂场")
    return benefit.projects(lines, registered, declared, even, unlike)


def test_the_same_to_everybody_while_incomes_differ() -> None:
    alike, graded = spread([100.0] * 10), spread([150.0, 140, 130, 120, 110, 90, 80, 70, 60, 50])

    assert found("averaged", poor.spreads(alike, NOBODY)) == ["X1"]
    assert found("averaged", poor.spreads(graded, NOBODY)) == []


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ([100.0] * 10, []),
        ([200.0] + [80.0] * 8 + [160.0], []),  # H1 200 of 1000: at the bound
        ([210.0] + [80.0] * 8 + [150.0], ["officials_gain"]),
        ([60.0] * 9 + [240.0], ["one_gains"]),  # 240 of 780 = 31 %, the richest fifth 38 %
        ([50.0] * 9 + [280.0], ["one_gains", "rich_gain"]),  # 280 of 730 = 38 %, 330 of 730 = 45 %
    ],
)  # fmt: skip
def test_what_office_holders_the_largest_and_the_richest_get(amounts: list[float], told: list[str]) -> None:
    """H1 is the household of an office holder."""
    lines, registered = recipients(amounts)

    table = poor.captures(lines, registered, pd.Series(["H1"], dtype="string"), spread(amounts), NOBODY)

    assert [name for name in ("officials_gain", "one_gains", "rich_gain") if found(name, table)] == told
    assert table["official_amount"].tolist() == [amounts[0]]


def test_without_a_register_of_office_holders_nothing_is_said_of_them() -> None:
    lines, registered = recipients([210.0] + [80.0] * 8 + [150.0])

    table = poor.captures(lines, registered, None, spread([210.0] + [80.0] * 8 + [150.0]), NOBODY)

    assert table["official_share"].isna().all()


def test_office_holders_are_found_by_household_or_by_the_identity_of_a_member() -> None:
    listed = frame("household_id id_card\n H1 ·\n · 11x\n · 99", household_id="code", id_card="code")
    members = frame("household_id id_card\n H2 11X\n H3 12", household_id="code", id_card="code")

    assert poor.households_of(listed, members).tolist() == ["H1", "H2"]


def homes(drawing: str) -> pd.DataFrame:
    return frame(drawing, _entity="code", status="text", unmet="boolean").rename(
        columns={"status": "poverty_status"}
    )


def test_an_early_exit_is_one_with_something_unmet() -> None:
    rows = homes("""
        _entity _unit          status unmet
        H1      桥县/河镇/甲村 已脱贫 true
        H2      桥县/河镇/甲村 已脱贫 false
        H3      桥县/河镇/甲村 已脱贫 ·
        H4      桥县/河镇/乙村 贫困   true
        H5      桥县/河镇/乙村 已脱贫 false
    """)

    table = poor.exits(rows, rows["poverty_status"] == "已脱贫", rows["unmet"])

    assert found("early_exit", table) == ["桥县/河镇/甲村"]
    assert table[["escaped", "early_exits"]].to_numpy().tolist() == [[2, 1], [1, 0]]


def test_one_item_twice_is_two_sources_or_two_years_not_two_items_or_instalments() -> None:
    rows = frame(
        """
        _unit          household_id item source  amount once
        桥县/河镇/甲村 H1           羊   special 100    true
        桥县/河镇/甲村 H1           羊   relief  100    true
        桥县/河镇/乙村 H2           羊   special 100    true
        桥县/河镇/乙村 H2           羊   special 50     true
        桥县/河镇/乙村 H2           牛   relief  90     true
        桥县/山乡/丙村 H3           羊   special 100    true
        桥县/山乡/丁村 H4           分红 special 100    false
        """,
        amount="money", once="boolean",
    )  # fmt: skip
    before = rows.iloc[[5, 6]]

    table = poor.repeats(rows, before, rows["once"], before["once"])

    assert found("given_twice", table) == ["桥县/河镇/甲村", "桥县/山乡/丙村"]
    assert cells(table.set_index("subject"), "桥县/河镇/甲村", "repeated_households", "repeated_amount") == [
        1,
        200,
    ]


def test_a_loan_is_misused_where_its_purpose_is_no_production() -> None:
    """H2 borrowed twice, once for a house; of H4 nobody knows what for; what H5 got was a gift."""
    rows = frame(
        """
        _entity _unit          household_id kind item     amount
        L1      桥县/河镇/甲村 H1           贷款 肉羊养殖 30000
        L2      桥县/河镇/甲村 H2           贷款 建羊舍   20000
        L3      桥县/河镇/甲村 H2           贷款 建房     10000
        L4      桥县/河镇/甲村 H4           贷款 ·        10000
        L5      桥县/河镇/乙村 H5           现金 建房     10000
        L6      桥县/河镇/乙村 H6           贷款 建大棚   10000
        L7      桥县/山乡/丙村 H7           贷款 还债     ·
        """,
        amount="money",
    )  # fmt: skip
    config = default()
    ledger = config.ledgers["benefit"]
    scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
    lent, misused = (
        row_formula(next(one for one in ledger.groups if one.id == name).where, scope)(Rows(rows, 2024, DAY))
        for name in ("loan", "misused")
    )

    table = poor.loans(rows, lent, misused)

    assert found("loans_misused", table) == ["桥县/河镇/甲村", "桥县/山乡/丙村"]
    told = table.set_index("subject")
    names = ("loan_households", "misused_loan_households", "misused_loan_amount")
    assert [cells(told, unit, *names) for unit in told.index[:2]] == [[2, 1, 10000], [1, 0, 0]]
    assert told["misused_loan_amount"].isna().tolist() == [False, False, True]


def group_of(ledger: str, name: str, rows: pd.DataFrame, year: int = 2024) -> pd.Series:
    """Which rows belong to a shipped group."""
    config = default()
    known = config.ledgers[ledger]
    scope = Scope(known, config.ledgers, config.parameters, config.codes)
    where = next(one for one in known.groups if one.id == name).where
    return row_formula(where, scope)(Rows(rows, year, DAY))


def test_a_pupil_is_without_the_aid_that_is_due() -> None:
    """Of 甲村 one of two; whether M3 gets it nobody knows, M4 goes to another school, M5 has left."""
    rows = frame(
        """
        _entity _unit          school_status    rain_dew left_reason
        M1      桥县/河镇/甲村 中职一年级       false    ·
        M2      桥县/河镇/甲村 技师学院四年级   true     ·
        M3      桥县/河镇/甲村 高职高专一年级   ·        ·
        M4      桥县/河镇/乙村 普通高中一年级   false    ·
        M5      桥县/河镇/乙村 中职二年级       false    死亡
        M6      桥县/山乡/丙村 高职高专三年级   true     ·
        """,
        _entity="code", rain_dew="boolean", left_reason="text",
    )  # fmt: skip

    table = poor.students(rows, group_of("member", "aid_due", rows), group_of("member", "aid_missing", rows))

    assert found("students_unaided", table) == ["桥县/河镇/甲村"]
    told = table.set_index("subject")
    assert cells(told, "桥县/河镇/甲村", "students_due", "students_unaided", "unaided_share") == [2, 1, 0.5]
    assert cells(told, "桥县/山乡/丙村", "students_due", "students_unaided") == [1, 0]


def test_too_little_income_is_told_by_either_figure_and_asks_nothing_where_there_is_no_line() -> None:
    """The line of 2020 is 4,000 yuan: H1 has 3,500 a head, H2 states it, H3 is at it, of H4 nobody knows."""
    rows = frame(
        """
        _entity net_income persons net_income_per_capita
        H1      7000       2       ·
        H2      ·          2       3500
        H3      8000       2       ·
        H4      ·          2       ·
        """,
        _entity="code", net_income="money", persons="integer", net_income_per_capita="money",
    ).assign(dangerous_house=False, safe_water=True, dropout=False, uninsured=False)  # fmt: skip
    rows = rows.astype(dict.fromkeys(("dangerous_house", "safe_water", "dropout", "uninsured"), "boolean"))

    then, now = group_of("household", "unmet", rows, 2020), group_of("household", "unmet", rows, 2024)

    assert then.astype(object).where(then.notna(), None).tolist() == [True, True, False, None]
    assert now.tolist() == [False] * 4


# ---- context ---------------------------------------------------------------------------------------------


def test_an_event_touches_its_years_and_the_units_below_it() -> None:
    rows = frame(
        """
        event_id event_name _unit         since      until
        E1       洪涝       桥县/山乡     2023-07-01 2023-08-01
        E2       猪价       桥县          2022-03-01 ·
        E3       旱灾       桥县/河镇     2022-03-01 2022-09-01
        """,
        since="date", until="date",
    )  # fmt: skip

    told = events.events({2022: rows}, 2023)

    assert told["event"].tolist() == ["E1", "E2"]
    units = pd.Series(["桥县/山乡/丙村", "桥县/河镇", "桥县", None], dtype="string")
    assert events.touched(units, told).fillna("").tolist() == ["洪涝、猪价", "猪价", "猪价", ""]


# ---- what became of it -------------------------------------------------------------------------------------


def drawn_deviations() -> pd.DataFrame:
    lines = [(f"000000000{n}", "late_start", f"X{n}", "桥县/河镇", "execution", 2023) for n in range(1, 8)]
    return pd.DataFrame(lines, columns=["number", "detector", "subject", "unit", "kind", "year"])


def lived(corrections: pd.DataFrame, asked: Mapping[int, pd.DataFrame], **graver: str) -> pd.DataFrame:
    return deviations.lived(drawn_deviations(), corrections, sorted(asked), lambda year: asked[year], graver)


ASKED = "detector subject unit fires"


def test_what_became_graver_has_not_gone() -> None:
    """1 is late no longer, for it was given up; 2 and 3 are late no longer."""
    corrections = frame(
        """
        number     decision done_on
        0000000001 采取措施 2024-03-01
        0000000002 采取措施 2024-03-01
        0000000003 采取措施 2024-03-01
        """,
        number="code", done_on="date",
    )  # fmt: skip
    asked = frame(
        f"""
        {ASKED}
        late_start X1      桥县/河镇 false
        stopped    X1      桥县/河镇 true
        late_start X2      桥县/河镇 false
        stopped    X2      桥县/河镇 false
        late_start X3      桥县/河镇 false
        """,
        fires="boolean",
    )

    told = lived(corrections, {2024: asked}, late_start="stopped")

    assert told["life"].tolist()[:3] == ["not_confirmed", "confirmed", "confirmed"]


def test_what_was_begun_or_finished_late_in_the_next_year_has_been_put_right() -> None:
    """Overdue at the end of 2023. In 2024 X1 begins, late as it is; X2 still does not."""
    corrections = frame(
        """
        number     decision done_on
        0000000001 采取措施 2024-03-01
        0000000002 采取措施 2024-03-01
        """,
        number="code", done_on="date",
    )  # fmt: skip
    table = table_of_projects(
        """
        project_id planned_start started_on
        X1         2023-10-01    2024-03-01
        X2         2023-10-01    ·
        """,
        planned_start="date", started_on="date",
    ).assign(unit="桥县/河镇")  # fmt: skip
    config = default()
    asked = deviations.detect(
        [detector("late_start")], {"projects": table}, config.parameters, config.measurement, 2024
    ).asked

    told = lived(corrections, {2024: asked})

    assert asked["fires"].tolist() == [True, True]
    assert told["life"].tolist()[:2] == ["confirmed", "not_confirmed"]


def test_a_year_before_the_correction_proves_nothing_of_it() -> None:
    """Of 2023: 1 is put right in 2024, 2 and 3 in 2025, 4 has a new target since 2025. 2024 has them all."""
    corrections = frame(
        """
        number     decision new_value decided_on done_on
        0000000001 采取措施 ·         2024-01-10 2024-12-31
        0000000002 采取措施 ·         2024-01-10 2025-01-01
        0000000003 采取措施 ·         2024-01-10 2025-06-30
        0000000004 调整目标 92        2025-02-01 ·
        """,
        number="code", new_value="text", decided_on="date", done_on="date",
    )  # fmt: skip
    lines = "\n".join(f"late_start X{n} 桥县/河镇 true" for n in range(1, 5))
    before = frame(f"{ASKED}\n{lines}", fires="boolean")
    after = before.assign(fires=pd.array([False, False, True, False], dtype="boolean"))

    early, late = lived(corrections, {2024: before}), lived(corrections, {2024: before, 2026: after})

    assert early["life"].tolist()[:4] == ["not_confirmed", "corrected", "corrected", "corrected"]
    assert late["life"].tolist()[:4] == ["not_confirmed", "confirmed", "not_confirmed", "confirmed"]
    assert late["proof"].tolist()[:5] == [2024, 2026, 2026, 2026, 2024]


def test_what_was_decided_in_one_year_and_done_in_another_is_one_correction() -> None:
    """The last that is filled in holds, field by field."""
    corrections = frame(
        """
        number     decision measure done_on
        0000000001 采取措施 催办    ·
        0000000001 ·        ·       2024-03-01
        """,
        number="code", done_on="date",
    )  # fmt: skip

    (first, *_) = lived(corrections, {}).to_dict("records")

    assert (first["decision"], first["measure"], first["life"]) == ("采取措施", "催办", "corrected")


def test_a_deviation_lives_from_open_to_confirmed_or_not() -> None:
    """1 undecided, 2 decided; done: 3 silent then, 4 again, 5 gone; 6 a new target, 7 told twice."""
    corrections = frame(
        """
        number     decision measure  new_value decided_on done_on
        0000000002 采取措施 催办     ·         2024-01-10 ·
        3          采取措施 催办     ·         2024-01-10 2024-03-01
        0000000004 采取措施 催办     ·         2024-01-10 2024-03-01
        0000000005 采取措施 催办     ·         2024-01-10 2024-03-01
        0000000006 调整目标 ·        92        2024-01-10 ·
        0000000007 采取措施 催办     ·         2024-01-10 ·
        0000000007 采取措施 换人     ·         2024-01-10 2024-03-01
        000000000F 采取措施 催办     ·         2024-01-10 ·
        """,
        number="code", new_value="text", decided_on="date", done_on="date",
    )  # fmt: skip
    asked = frame(
        """
        detector   subject unit      fires
        late_start X3      桥县/河镇 false
        late_start X4      桥县/河镇 true
        late_start X6      桥县/河镇 false
        late_start X7      桥县/河镇 ·
        late_start X1      桥县/河镇 true
        """,
        fires="boolean",
    )

    now = lived(corrections, {})
    later = lived(corrections, {2024: asked})

    assert now["life"].tolist() == [
        "open",
        "decided",
        "corrected",
        "corrected",
        "corrected",
        "corrected",
        "corrected",
    ]
    assert later["life"].tolist() == [
        "open",
        "decided",
        "confirmed",
        "not_confirmed",
        "not_evaluable",
        "confirmed",
        "not_evaluable",
    ]
    assert later["next"].tolist() == ["again", "unknown", "silent", "again", "unknown", "silent", "unknown"]
    assert later["measure"].tolist()[6] == "换人"
    assert corrections["number"][strangers(corrections, list(later["number"]))].tolist() == ["000000000F"]
