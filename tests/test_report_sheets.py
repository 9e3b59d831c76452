"""What each sheet of a report says, from small drawn figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from povplan.evaluation import EVALUATION, score, versions
from povplan.evaluation.cards import FIGURES
from povplan.evaluation.targets import typed
from povplan.model import MEASURE_COLUMNS, Coverage
from povplan.sheets.book import Book, rounded
from povplan.sheets.changes import change_sheet, unit_change_sheet
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import indicator_sheets
from povplan.sheets.money import leverage_sheet, sources_sheet
from povplan.sheets.page import (
    Cell,
    Charts,
    DifferenceOf,
    QuotientOf,
    Row,
    Sheet,
    SumAcross,
    SumOf,
    Table,
    cell_of,
)
from povplan.sheets.plan import TARGET_COLUMNS, targets_sheet
from povplan.sheets.quality import coverage_sheet, findings_sheet, rules_sheet
from povplan.sheets.report import workbook
from povplan.sheets.resources import combinations_sheet, doubles_sheet, stages_sheet, view_sheet
from povplan.sheets.scores import LINE_COLUMNS, scores_sheet
from povplan.sheets.summary import sentences, summary_sheet
from povplan.sheets.unitrows import unit_rows
from povplan.spec import Funds, Indicator, Ledger, Report, ReportSheet, ScoreCard, UnitOfMeasure

MEASUREMENT = {
    "percent": UnitOfMeasure(id="percent", dimension="ratio", factor=0.01),
    "人": UnitOfMeasure(id="人", dimension="persons"),
    "元": UnitOfMeasure(id="元", dimension="money"),
    "万元": UnitOfMeasure(id="万元", dimension="money", factor=10_000),
}
VILLAGE = Ledger.model_validate(
    {
        "ledger": "village",
        "label": {"zh": "村表"},
        "level": "village",
        "key": [["village"]],
        "fields": [{"id": "village", "label": {"zh": "村"}, "type": "text", "place": "village"}],
    }
)
FUNDS = Funds.model_validate(
    {
        "classes": [
            {"id": "special", "label": {"zh": "专项"}},
            {"id": "department", "label": {"zh": "部门"}},
            {"id": "credit", "label": {"zh": "信贷"}},
        ],
        "sources": [
            {"id": "special", "label": {"zh": "专项"}, "class": "special", "lever": True},
            {"id": "sector", "label": {"zh": "行业"}, "class": "department"},
            {"id": "credit", "label": {"zh": "信贷"}, "class": "credit", "memo": True},
        ],
        "stages": [{"id": "paid", "label": {"zh": "支出"}}],
        "basis": ["paid"],
    }
)


def indicator(name: str, domain: str, unit: str, label: str, **more: Any) -> Indicator:
    given = {"id": name, "domain": domain, "in": unit, "ledger": "village", "value": "count()", **more}
    return Indicator.model_validate({**given, "label": {"zh": label}})


BOOK = Book(
    indicators=(
        indicator("poor", "social", "人", "贫困人口", better="lower", decimals=0, headline=True),
        indicator("rate", "economic", "percent", "发生率", better="lower", headline=True),
        indicator("income", "economic", "万元", "收入", better="higher"),
    ),
    measurement=MEASUREMENT,
    lang="zh",
    ledgers={"village": VILLAGE},
    funds=FUNDS,
    additive=frozenset({"poor"}),
    fields={"poor": frozenset({"poor_persons"})},
)


def figures(*lines: tuple[Any, ...]) -> pd.DataFrame:
    """(indicator, unit, value, note, scope) as measures."""
    rows = [
        {"indicator": name, "unit": unit, "value": value, "note": note, "scope": scope, "year": 2024}
        for name, unit, value, note, scope in ((*line, None, None)[:5] for line in lines)
    ]
    frame = pd.DataFrame(rows).reindex(columns=list(MEASURE_COLUMNS)).assign(left_out=0)
    frame["basis"] = frame["scope"].map({"all": "paid", "with_lever": "paid"})
    return frame.astype({"value": "Float64", "note": "string", "scope": "string", "basis": "string"})


def changes(*lines: tuple[str, str, float | None, float | None]) -> pd.DataFrame:
    """(indicator, unit, value, previous) as a comparable change."""
    frame = pd.DataFrame(lines, columns=["indicator", "unit", "value", "previous"])
    frame = frame.astype({"value": "Float64", "previous": "Float64"})
    absolute = frame["value"] - frame["previous"]
    rate = frame["indicator"] == "rate"
    return frame.assign(
        absolute=absolute,
        relative=(absolute / frame["previous"]).mask(rate),
        points=(absolute * 100).where(rate),
        full_value=frame["value"],
        full_previous=frame["previous"],
        shared=2,
        note=pd.array([None] * len(frame), dtype="string"),
    )


def facts(of: pd.DataFrame, change: pd.DataFrame | None = None, **more: Any) -> Facts:
    change = changes() if change is None else change
    return Facts(unit="县", year=2024, figures=of, changes=change, **more)


def spec(kind: str, **more: Any) -> ReportSheet:
    return ReportSheet.model_validate({"kind": kind, "name": {"zh": "表"}, "title": {"zh": "某表"}, **more})


def only(sheets: Any) -> Sheet:
    (sheet,) = list(sheets)
    assert isinstance(sheet, Sheet)
    return sheet


def told(table: Table) -> list[list[Any]]:
    return [[cell_of(given).value for given in row.cells] for row in table.rows]


# ---- units down -------------------------------------------------------------------------------------


def test_a_total_is_a_live_sum_of_the_units_right_below() -> None:
    values = {"县": 6, "县/东": 4, "县/东/甲": 1, "县/东/乙": 3, "县/西": 2, "县/西/丙": 2}

    rows = unit_rows(list(values), lambda unit: [Cell(values[unit])], [True], "本级")

    assert [(row.cells[0], cell_of(row.cells[1]).live, row.look, row.level) for row in rows] == [
        ("县", SumOf((1, 4)), "total", 0),
        ("东", SumOf((2, 3)), "subtotal", 1),
        ("甲", None, "plain", 2),
        ("乙", None, "plain", 2),
        ("西", SumOf((5,)), "subtotal", 1),
        ("丙", None, "plain", 2),
    ]


def test_what_belongs_to_no_unit_below_stands_in_a_row_of_its_own() -> None:
    """The township booked 5 that no village has: 10 = 2 + 3 + 5."""
    values: dict[str, list[float | None]] = {"东": [10, 0.5], "东/甲": [2, 0.1], "东/乙": [3, None]}

    rows = unit_rows(list(values), lambda unit: [Cell(v) for v in values[unit]], [True, False], "本级")

    assert [[cell_of(cell).value for cell in row.cells] for row in rows] == [
        ["东", 10, 0.5],
        ["本级", 5.0, None],
        ["甲", 2, 0.1],
        ["乙", 3, None],
    ]
    assert cell_of(rows[0].cells[1]).live == SumOf((2, 3, 1))
    assert cell_of(rows[0].cells[2]).live is None


def test_indicators_stand_by_unit_and_one_without_any_figure_is_named_below() -> None:
    of = figures(
        ("rate", "县", 0.034), ("income", "县", None, "no_rows"),
        ("rate", "县/东", None, "no_denominator"), ("income", "县/东", None, "no_rows"),
    )  # fmt: skip

    sheet = only(indicator_sheets(spec("indicators", domain="economic"), facts(of), BOOK))

    assert sheet.title == "县2024年某表"
    assert told(sheet.tables[0]) == [["县", 0.034], ["东", "—"]]
    assert [column.head for column in sheet.tables[0].columns] == [("单位",), ("发生率",)]
    assert sheet.tables[0].notes[0] == "没有数的原因：分母为零或缺失（发生率）；没有可用的数据（收入）。"


def test_money_is_shown_in_the_unit_of_its_indicator_and_a_trifle_as_dots() -> None:
    income = BOOK.indicators[2]

    assert BOOK.cell(123_456, pd.NA, income) == Cell(12.3456, "#,##0.00")
    assert rounded(0.001, "0.00", 2) == Cell(0.001, '"…"')
    assert rounded(0.0, "0.00", 2) == Cell(0.0, "0.00")
    assert BOOK.cell(0.00001, pd.NA, BOOK.indicators[1]).shape == '"…"'


# ---- change -----------------------------------------------------------------------------------------


def test_a_change_is_live_and_judged_by_the_direction_of_its_indicator() -> None:
    change = changes(("poor", "县", 80, 100), ("rate", "县", 0.05, 0.04), ("income", "县", 1.0, 1.0))
    columns = ["previous", "value", "absolute", "relative", "verdict"]

    sheet = only(change_sheet(spec("change", columns=columns), facts(figures(), change), BOOK))

    assert told(sheet.tables[0]) == [
        ["经济"],
        ["发生率", 0.04, 0.05, pytest.approx(1.0), "—", "▼ 变差"],
        ["收入", 0.0001, 0.0001, 0.0, 0.0, "＝ 持平"],
        ["社会"],
        ["贫困人口", 100.0, 80.0, -20.0, -0.2, "▲ 好转"],
    ]
    points, share = (cell_of(sheet.tables[0].rows[n].cells[m]) for n, m in ((1, 3), (4, 4)))
    assert points.live == DifferenceOf(2, 1, 100)
    assert share.live == QuotientOf(3, 1)
    assert cell_of(sheet.tables[0].rows[4].cells[5]).look == "good"


def test_a_change_too_small_for_its_decimals_is_shown_as_such_and_none_as_nought() -> None:
    change = changes(("rate", "县", 0.050001, 0.05), ("poor", "县", 80, 80))

    sheet = only(change_sheet(spec("change", columns=["absolute"]), facts(figures(), change), BOOK))

    moved, still = (cell_of(sheet.tables[0].rows[n].cells[1]).shape for n in (1, 3))
    assert (moved, still) == ('"…"', "+#,##0;-#,##0;0")


def test_headline_indicators_change_unit_by_unit() -> None:
    change = changes(("poor", "县", 80, 100), ("poor", "县/东", 30, None), ("income", "县", 1, 1))

    sheet = only(unit_change_sheet(spec("unit_change"), facts(figures(), change), BOOK))

    assert [column.head for column in sheet.tables[0].columns] == [
        ("单位",), ("贫困人口（人）", "2023年"), ("贫困人口（人）", "2024年"), ("贫困人口（人）", "增减"),
    ]  # fmt: skip
    assert told(sheet.tables[0]) == [["县", 100.0, 80.0, -20.0], ["东", None, 30.0, None]]


# ---- money ------------------------------------------------------------------------------------------

MONEY = figures(
    *((name, "县", value, None, "all") for name, value in (
        ("lever", 100_000.0), ("others", 300_000.0), ("total", 400_000.0), ("memo", 50_000.0),
        ("leverage_others", 3.0), ("leverage_total", 4.0),
        ("amount_special", 100_000.0), ("amount_department", 300_000.0), ("amount_credit", 50_000.0),
        ("leverage_department", 3.0),
    )),
    *((name, "县/东", value, note, "all") for name, value, note in (
        ("lever", 0.0, None), ("others", 300_000.0, None), ("total", 300_000.0, None), ("memo", 0.0, None),
        ("leverage_others", None, "no_lever"), ("leverage_total", None, "no_lever"),
        ("amount_special", 0.0, None), ("amount_department", 300_000.0, None), ("amount_credit", 0.0, None),
    )),
)  # fmt: skip


def test_the_ratios_are_formulas_over_the_amounts_beside_them() -> None:
    sheet = only(leverage_sheet(spec("leverage"), facts(MONEY), BOOK))

    (table,) = sheet.tables
    assert told(table)[0][:6] == ["县", 10.0, 30.0, 40.0, 3.0, 4.0]
    assert told(table)[1][:6] == ["（本级，未分到下级）", 10.0, None, None, None, None]
    assert told(table)[2][:6] == ["东", 0.0, 30.0, 30.0, "—", "—"]
    assert [cell_of(cell).live for cell in table.rows[0].cells[1:6]] == [
        SumOf((2, 1)), SumOf((2, 1)), SumAcross((1, 2)), QuotientOf(2, 1), QuotientOf(3, 1),
    ]  # fmt: skip
    assert sheet.left == "口径：支出"
    assert sheet.right == "单位：万元"


def test_shares_of_the_sources_leave_what_is_memo_out() -> None:
    sheet, _ = sources_sheet(spec("sources"), facts(MONEY), BOOK)

    assert told(sheet.tables[0]) == [
        ["专项", 10.0, 0.25, "—", "杠杆"],
        ["部门", 30.0, 0.75, 3.0, "被带动"],
        ["信贷", 5.0, "—", "—", "备忘"],
        ["合计", 40.0, 1.0, "—", "不含备忘"],
    ]
    assert cell_of(sheet.tables[0].rows[3].cells[1]).live == SumOf((0, 1))


def test_the_sources_of_the_units_right_below_stand_on_top_of_each_other() -> None:
    west = MONEY[MONEY["unit"] == "县/东"].assign(unit="县/西")

    sheet, page = sources_sheet(spec("sources"), facts(pd.concat([MONEY, west])), BOOK)

    (charts,) = page.parts
    assert isinstance(charts, Charts)
    assert {chart.sheet for chart in charts.charts} == {sheet.name}
    assert told(sheet.tables[1]) == [["东", 0.0, 30.0, 0.0], ["西", 0.0, 30.0, 0.0]]
    assert [(one.kind, one.table, one.rows, one.columns) for one in charts.charts] == [
        ("bar", 0, (0, 2), (1,)), ("stacked", 1, (0, 1), (1, 2, 3)),
    ]  # fmt: skip


def test_a_county_without_money_has_no_sheet_of_it() -> None:
    nothing = facts(figures(("rate", "县", 0.1)))

    assert list(leverage_sheet(spec("leverage"), nothing, BOOK)) == []
    assert list(sources_sheet(spec("sources"), nothing, BOOK)) == []


# ---- quality ----------------------------------------------------------------------------------------


def findings(*lines: tuple[str, str, str, str]) -> pd.DataFrame:
    """(rule, severity, unit, field) as listed findings, all new."""
    frame = pd.DataFrame(lines, columns=["rule", "severity", "unit", "field"])
    blank = dict.fromkeys(("entity", "file", "sheet", "cell", "message", "hint"), "x")
    return frame.assign(**blank, status="new", ledger="village", year=2024, rule_label=frame["rule"] + "名")


def test_a_village_that_reported_nothing_is_marked_and_counted() -> None:
    entries = pd.DataFrame({"village": [1, 0]}, index=["县/东/甲", "县/东/乙"])
    line = Coverage("village", 2024, read=1, accepted=1, entries=1, units=1, missing=("县/东/乙",))
    found = findings(("V1", "error", "县/东/甲", "poor_persons"))

    sheet = only(
        coverage_sheet(
            spec("coverage"), facts(figures(), coverage=[line], entries=entries, findings=found), BOOK
        )
    )

    by_ledger, by_village = sheet.tables
    assert told(by_ledger) == [["村表", 1, 1, 0, 0, 1, 0, 1, "1：东/乙"]]
    assert told(by_village) == [["东", "甲", 1, 1, 0, 0], ["东", "乙", "✗ 未报", 0, 0, 0]]


def test_no_village_is_said_to_have_reported_what_none_has_to() -> None:
    target = VILLAGE.model_copy(update={"ledger": "target", "level": "entry"})
    lines = [Coverage(name, 2024, read=1, accepted=1, entries=1, units=0) for name in ("village", "target")]
    book = replace(BOOK, ledgers={"village": VILLAGE, "target": target})

    sheet = only(coverage_sheet(spec("coverage"), facts(figures(), coverage=lines), book))

    assert [row[-1] for row in told(sheet.tables[0])] == ["全部上报", "—"]


def test_rules_are_counted_by_township_with_what_belongs_to_none_in_the_total() -> None:
    of = figures(("rate", "县", 0.1), ("rate", "县/东", 0.1), ("rate", "县/西", 0.1))
    found = findings(
        ("V2", "doubt", "县/西/丙", "x"), ("V1", "error", "县/东/甲", "x"), ("V1", "error", "县", "x")
    )

    sheet = only(rules_sheet(spec("rules"), facts(of, findings=found), BOOK))

    assert told(sheet.tables[0]) == [
        ["错误", "V1", "V1名", 2, 1, 0],
        ["疑点", "V2", "V2名", 1, 0, 1],
        ["合计", "", "", 3.0, 1.0, 1.0],
    ]


def test_findings_beyond_the_room_for_them_are_said() -> None:
    found = findings(("V1", "error", "县", "x"), ("V2", "doubt", "县", "x"))

    sheet = only(
        findings_sheet(
            spec("findings", most=1, columns=["severity", "message"]), facts(figures(), findings=found), BOOK
        )
    )

    assert told(sheet.tables[0]) == [[1, "错误", "x"]]
    assert "另有 1 条未列" in sheet.tables[0].notes[0]


# ---- the whole --------------------------------------------------------------------------------------


def test_the_sentences_are_made_of_the_figures() -> None:
    of = figures(("poor", "县", 80), ("rate", "县", 0.05), *(
        (name, "县", value, None, scope) for name, scope, value in (
            ("lever", "all", 100_000.0), ("others", "all", 350_000.0), ("leverage_others", "all", 3.5),
            ("leverage_total", "all", 4.5), ("leverage_others", "with_lever", 2.0),
        )
    ))  # fmt: skip
    change = changes(("poor", "县", 80, 100), ("rate", "县", 0.05, 0.04))
    entries = pd.DataFrame({"village": [1, 0]}, index=["县/东/甲", "县/东/乙"])
    found = findings(("V1", "error", "县/东/甲", "poor_persons"), ("V2", "notice", "县/东/甲", "x"))
    told_of = facts(of, change, entries=entries, findings=found)

    said = list(sentences(told_of, BOOK.indicators[:2], BOOK))

    assert said == [
        "县有 1 个乡镇、2 个村，1 个村的村表都已上报。",
        "1 个村没有报全：东/乙。",
        "2024年贫困人口 80人，比上年（两年都报的村）下降20人（20.0%）。"
        "（有 1 处错误或疑点涉及此数，见疑点清单）",
        "2024年发生率 5.00%，比上年（两年都报的村）上升 1.00 个百分点。",
        "可与上年比较的指标 2 个：好转 1 个，变差 1 个，持平或不作评价 0 个。",
        "其中好转的 1 个、变差的 0 个所用的数据有未处理的错误或疑点，评价照算，核实后可能改变。",
        "按支出口径，专项资金 10.00 万元，其他资金 35.00 万元："
        "每 1 元专项资金带动其他资金 3.50 元（全部资金为专项的 4.50 倍）。",
        "只看有专项资金的项目和村，带动 2.00 元。",
        "数据中还有错误 1 处、疑点 0 处、提示 1 处，最多的是：V1名（1）、V2名（1）。",
    ]


def test_a_verdict_over_a_disputed_figure_is_marked_and_stays() -> None:
    """Waived, mended, told as a notice or of another field: not in doubt."""
    of = figures(("poor", "县", 80), ("rate", "县", 0.05))
    change = changes(("poor", "县", 80, 100), ("rate", "县", 0.03, 0.04))
    found = findings(
        ("V1", "error", "县/东/甲", "poor_persons"), ("V1", "doubt", "县/西/丙", "poor_persons"),
        ("V2", "notice", "县/东/甲", "poor_persons"), ("V3", "error", "县/东/甲", "x"),
        ("V4", "error", "县/东/甲", "poor_persons"),
    )  # fmt: skip
    found["status"] = ["new", "persisting", "new", "new", "waived"]
    told_of = facts(of, change, findings=found)

    sheet = only(change_sheet(spec("change", columns=["verdict", "note"]), told_of, BOOK))
    front = next(iter(summary_sheet(spec("summary"), told_of, BOOK)))
    by_unit = only(unit_change_sheet(spec("unit_change"), told_of, BOOK)).tables[0]
    clean = only(change_sheet(spec("change", columns=["verdict", "note"]), facts(of, change), BOOK))

    rows = ["经济"], ["发生率", "▲ 好转", None], ["社会"]
    assert told(sheet.tables[0]) == [*rows, ["贫困人口", "▲ 好转 ※", "※ 有 2 处错误或疑点"]]
    assert told(clean.tables[0]) == [*rows, ["贫困人口", "▲ 好转", None]]
    assert told(front.tables[0])[-1] == ["评价", "▲ 好转", "▲ 好转 ※"]
    assert [column.head[0] for column in by_unit.columns[1:]] == ["发生率（%）"] * 3 + [
        "贫困人口（人） ※"
    ] * 3
    for table in (sheet.tables[0], front.tables[0], by_unit):
        assert any(note.startswith("※ 所用的数据有未处理的错误或疑点") for note in table.notes)
    assert not any("※" in note for note in clean.tables[0].notes)


def test_the_mark_is_explained_only_where_it_stands() -> None:
    """Of the first year nothing is judged, so no verdict of the front page is marked."""
    of, found = figures(("poor", "县", 80)), findings(("V1", "error", "县/东/甲", "poor_persons"))
    first = facts(of, changes(("poor", "县", 80, None)), findings=found)

    table = next(iter(summary_sheet(spec("summary"), first, BOOK))).tables[0]

    assert not any("※" in str(cell) for cell in told(table)[-1])
    assert not any("※" in note for note in table.notes)


def test_a_target_is_in_doubt_where_its_own_units_figure_is() -> None:
    known = dict.fromkeys(EVALUATION, pd.NA) | {"indicator": "poor", "verdict": "reached"}
    evaluated = pd.DataFrame([known | {"unit": unit} for unit in ("县", "县/东", "县/西")])
    found = findings(("V1", "error", "县/东/甲", "poor_persons"), ("V2", "doubt", "", "poor_persons"))
    found["unit"] = found["unit"].mask(found["unit"] == "")  # a printed total that differs
    plan = {"evaluated": evaluated, "revisions": versions(typed(pd.DataFrame()))}
    told_of = facts(figures(), findings=found, plan=plan)

    table = only(targets_sheet(spec("targets"), told_of, BOOK)).tables[0]

    places = [TARGET_COLUMNS.index(name) for name in ("unit", "verdict", "reason")]
    assert [[row[place] for place in places] for row in told(table)[1:]] == [
        ["县", "✓ 已完成 ※", "※ 有 2 处错误或疑点"],
        ["东", "✓ 已完成 ※", "※ 有 1 处错误或疑点"],
        ["西", "✓ 已完成", None],
    ]


def test_a_scored_line_in_doubt_says_so_of_its_own_subject() -> None:
    """The third line ranks two, too few to make points: what touches its figure does not matter."""
    more: dict[str, Any] = {"domain": "social", "points": 40, "score": {"threshold": {"at_least": 1}}}
    place = {"points": 20, "score": {"rank": {"better": "lower", "step": 1}}}
    items = [
        {"id": "poor", "label": "贫困", "indicator": "poor", **more},
        {"id": "own", "label": "户", "formula": "sum(a)", "ledger": "village", **more},
        {"id": "place", "label": "名次", "indicator": "poor", **more, **place},
    ]
    drawn = {"card": "c", "label": "卡", "of": "township", "source": "示例", "items": items}
    card = ScoreCard.model_validate(drawn)
    book = replace(BOOK, cards={"c": card}, fields={**BOOK.fields, "c/own": frozenset({"a"})})
    both = pd.DataFrame({"figure": [1.0, 1.0]}, index=["县/东", "县/西"]).reindex(columns=list(FIGURES))
    inputs = dict.fromkeys(("poor", "own", "place"), both)
    scored = score(card, ["县/东", "县/西"], inputs, dict.fromkeys(inputs, "人"))
    found = findings(("V1", "error", "县/东/甲", "poor_persons"), ("V1", "doubt", "县/西/丙", "a"))

    _, each = scores_sheet(spec("scores"), facts(figures(), findings=found, scores={"c": scored}), book)

    at = LINE_COLUMNS.index("score_reason")
    assert [row[at].partition("；")[2] for row in told(each.tables[0]) if len(row) > 1] == [
        "※ 有 1 处错误或疑点", "", "", "", "※ 有 1 处错误或疑点", "",
    ]  # fmt: skip


def test_a_township_is_not_said_to_have_townships() -> None:
    entries = pd.DataFrame({"village": [1, 0]}, index=["县/东/甲", "县/东/乙"])
    told_of = replace(facts(figures(("poor", "县/东", 80)), entries=entries), unit="县/东")

    assert next(iter(sentences(told_of, (), BOOK))) == "东有 2 个村，1 个村的村表都已上报。"


def test_a_ledger_that_nobody_reported_is_named() -> None:
    """Of those that villages fill in; the sentence on who reported says which ledgers it speaks of."""
    given = {name: VILLAGE.model_copy(update={"ledger": name, "level": level, "template": filed,
        "label": VILLAGE.label.model_copy(update={"zh": label})})
        for name, level, filed, label in (
            ("village", "village", True, "村表"), ("household", "household", True, "户表"),
            ("official", "person", False, "干部"), ("fund", "entry", False, "资金表"),
        )
    }  # fmt: skip
    book = replace(BOOK, ledgers=given)
    line = Coverage("household", 2024, read=2, accepted=2, entries=2, units=2)
    some, none = (
        pd.DataFrame({name: [1, 1]}, index=["县/东/甲", "县/东/乙"]) for name in ("household", "fund")
    )

    sheet = only(coverage_sheet(spec("coverage"), facts(figures(), coverage=[line], entries=some), book))

    assert [(row[0], row[-1]) for row in told(sheet.tables[0])] == [
        ("户表", "全部上报"),
        ("村表", "本年没有"),
    ]
    assert list(sentences(facts(figures(), entries=some), (), book))[:2] == [
        "县有 1 个乡镇、2 个村，2 个村的户表都已上报。",
        "本年没有：村表。",
    ]
    assert list(sentences(facts(figures(), entries=none), (), book))[:2] == [
        "县有 1 个乡镇、2 个村。",
        "本年没有：村表、户表。",
    ]


def test_each_indicator_stands_on_one_sheet_and_every_sheet_leads_back_to_the_contents() -> None:
    report = Report.model_validate(
        {
            "report": "county",
            "title": {"zh": "报告"},
            "footer": {"zh": "内部"},
            "sheets": [
                {"kind": "contents", "name": {"zh": "目录"}, "title": {"zh": "目录"}},
                {
                    "kind": "indicators",
                    "name": {"zh": "人口"},
                    "title": {"zh": "人口"},
                    "indicators": ["poor"],
                },
                {"kind": "indicators", "name": {"zh": "社会"}, "title": {"zh": "社会"}, "domain": "social"},
                {"kind": "indicators", "name": {"zh": "经济"}, "title": {"zh": "经济"}, "domain": "economic"},
            ],
        }
    )
    of = figures(("poor", "县", 80), ("rate", "县", 0.05), ("income", "县", 1.0))

    book = workbook(report, facts(of), BOOK)

    assert [(sheet.name, sheet.home, sheet.footer) for sheet in book.sheets] == [
        ("目录", "", "内部"), ("人口", "目录", "内部"), ("经济", "目录", "内部"),
    ]  # fmt: skip
    assert [cell_of(row.cells[1]).link for row in book.sheets[0].tables[0].rows] == ["人口", "经济"]


def test_a_township_is_cut_out_with_nothing_of_its_neighbours() -> None:
    of = figures(("poor", "县", 80), ("poor", "县/东", 30), ("poor", "县/东/甲", 30), ("poor", "县/东风", 50))
    entries = pd.DataFrame({"village": [1, 1]}, index=["县/东/甲", "县/东风/乙"])
    found = findings(
        ("V1", "error", "县/东/甲", "x"), ("V1", "error", "县/东风/乙", "x"), ("V1", "error", "县", "x")
    )

    east = facts(of, entries=entries, findings=found).within("县/东")

    assert (east.name, east.units) == ("东", ["县/东", "县/东/甲"])
    assert list(east.entries.index) == ["县/东/甲"]
    assert east.findings["unit"].tolist() == ["县/东/甲"]


def test_a_row_of_a_table_may_hold_bare_values() -> None:
    assert cell_of(3) == Cell(3)
    assert cell_of(Cell("x")) == Cell("x")
    assert Row(["a"]).look == "plain"


# ---- resources --------------------------------------------------------------------------------------


def test_the_five_combinations_are_cuts_of_the_same_money() -> None:
    """100 of 400 is special: 25 %, and 3 yuan of sector money for each yuan of it."""
    tag = pd.DataFrame(
        {
            "by": ["instrument", "instrument", "party"],
            "group": pd.array(["special", "sector", None], dtype="string"),
            "scope": "all",
            "lever": [100e4, 0.0, 100e4],
            "others": [0.0, 300e4, 300e4],
            "total": [100e4, 300e4, 400e4],
            "share": [25.0, 75.0, 100.0],
            "leverage_others": [0.0, 3.0, 3.0],
            "note": pd.array([None] * 3, dtype="string"),
        }
    )

    sheet = only(combinations_sheet(spec("combinations"), facts(figures(), money={"tag": tag}), BOOK))

    assert told(sheet.tables[0]) == [
        ["专项＋行业"],
        ["专项", 100.0, 0.0, 100.0, 0.25, 0.0, ""],
        ["行业", 0.0, 300.0, 300.0, 0.75, 3.0, ""],
        ["合计", 100.0, 300.0, 400.0, 1.0, "", ""],
        ["政府＋社会"],
        ["未注明", 100.0, 300.0, 400.0, 1.0, 3.0, ""],
        ["合计", 100.0, 300.0, 400.0, 1.0, "", ""],
    ]
    assert cell_of(sheet.tables[0].rows[3].cells[3]).live == SumOf((1, 2))


def test_money_by_stage_has_its_rates_beside_it() -> None:
    stages = pd.DataFrame(
        {
            "class": pd.array(["", "special", "special"], dtype="string"),
            "source": pd.array([None, None, "special"], dtype="string"),
            "stage": "paid",
            "amount": [80e4, 80e4, 80e4],
            "carried_in": [0.0, 0.0, 0.0],
        }
    )
    rates = stages[["class", "source"]].assign(base="allocated", value=[0.8, 0.8, float("nan")])
    money = {"stages": stages, "execution": rates}

    sheet = only(stages_sheet(spec("stages"), facts(figures(), money=money), BOOK))

    assert told(sheet.tables[0]) == [
        ["合计", 80.0, None, 0.8],
        ["专项", 80.0, None, 0.8],
        ["专项", 80.0, None, "—"],
    ]
    assert [row.look for row in sheet.tables[0].rows] == ["total", "subtotal", "plain"]


def test_money_that_stands_twice_is_listed_with_what_it_does_to_the_ratio() -> None:
    effect = pd.DataFrame(
        {
            "step": ["entered", "two_projects", "integrated", "counted"],
            "scope": "all",
            "out_lever": [0.0, 0.0, 0.0, 0.0],
            "out_others": [0.0, 50e4, 0.0, 50e4],
            "lever": [100e4] * 4,
            "others": [300e4, 250e4, 250e4, 250e4],
            "leverage_others": [3.0, 2.5, 2.5, 2.5],
            "change": [float("nan"), -0.5, 0.0, -0.5],
        }
    )
    doubles = pd.DataFrame(
        {
            "kind": ["two_projects"], "group": [0], "unit": ["县/东/甲"], "project_id": ["X1"],
            "source": ["sector"], "stage": ["paid"], "amount": [50e4], "double": [50e4], "out": [50e4],
            "treatment": ["leave_out"],
        }
    )  # fmt: skip

    sheet = only(
        doubles_sheet(spec("doubles"), facts(figures(), money={"effect": effect, "doubles": doubles}), BOOK)
    )

    first, second = sheet.tables
    assert told(first) == [
        ["按填报", "全部", 0.0, 0.0, 100.0, 300.0, 3.0, None],
        ["一笔投入记两个项目", "全部", 0.0, 50.0, 100.0, 250.0, 2.5, -0.5],
        ["剔除后", "全部", 0.0, 50.0, 100.0, 250.0, 2.5, -0.5],
    ]
    assert told(second) == [
        ["一笔投入记两个项目", 1, "东/甲", "X1", "行业", "支出", 50.0, 50.0, 50.0, "剔除"]
    ]


def test_an_analysis_shows_its_unit_and_those_right_below_rates_in_percent() -> None:
    frame = pd.DataFrame(
        {
            "unit": ["县", "县/东", "县/东/甲"],
            "level": ["county", "township", "village"],
            "fifth": [1, 1, 1],
            "households": [10, 4, 4],
            "coverage": [0.5, float("nan"), 1.0],
        }
    )

    sheet = only(
        view_sheet(
            spec("view", views=["benefit/fifths"]), facts(figures(), views={"benefit/fifths": frame}), BOOK
        )
    )

    (table,) = sheet.tables
    assert sheet.right == ""
    assert told(table) == [["县", 1.0, 10.0, 0.5], ["东", 1.0, 4.0, None]]
    assert cell_of(table.rows[0].cells[3]).shape == "0.00%"
    assert list(view_sheet(spec("view", views=["benefit/fifths"]), facts(figures()), BOOK)) == []


def test_an_analysis_with_amounts_says_in_which_unit_they_are() -> None:
    frame = pd.DataFrame({"unit": ["县"], "level": ["county"], "fifth": [1], "amount": [120.0]})
    views = {"benefit/fifths": frame}

    sheet = only(view_sheet(spec("view", views=[*views]), facts(figures(), views=views), BOOK))

    assert sheet.right == "单位：元"


def test_a_list_says_how_many_of_its_rows_are_not_shown() -> None:
    frame = pd.DataFrame({"household": ["a", "b", "c"], "unit": ["县/东/甲"] * 3})
    incomes = pd.Series([pd.NA, 900, 100], dtype="Float64")

    def notes(name: str, most: int, frame: pd.DataFrame, **more: Any) -> tuple[str, list[str]]:
        views = {name: frame}
        sheet = only(
            view_sheet(spec("view", views=[name], most=most), facts(figures(), views=views, **more), BOOK)
        )
        keys = "".join(str(cell_of(row.cells[0]).value) for row in sheet.tables[0].rows)
        return keys, list(sheet.tables[0].notes)

    def poorest(shown: int, count: int) -> str:
        told = {"what": "unmet", "since": 2022, "year": 2024}
        return BOOK.word("report_watched_more", **told, shown=shown, count=count)

    rest, listed = BOOK.word("report_rows_more", count=1), frame.assign(income=incomes)
    beyond: dict[str, Any] = {"beyond": {"dynamics/unmet": 7}, "since": 2022}
    assert "povplan dynamics --what unmet --from 2022 --to 2024 -o unmet-2024.csv" in poorest(3, 7)
    assert notes("projects/list", 3, frame)[1] == [BOOK.legend]
    assert notes("projects/list", 2, frame)[1] == [rest, BOOK.legend]
    assert notes("dynamics/unmet", 3, listed, **beyond) == ("abc", [poorest(3, 7), BOOK.legend])
    assert notes("dynamics/unmet", 2, listed, **beyond) == ("bc", [poorest(2, 8), BOOK.legend])
    assert notes("dynamics/unmet", 1, listed, since=2022) == ("c", [poorest(1, 2), BOOK.legend])


def test_what_must_be_known_of_a_table_stands_under_it() -> None:
    views = {"dynamics/returns": pd.DataFrame({"unit": ["县"], "level": ["county"], "year": [2024]})}
    of = facts(figures(), views=views, remarks={"dynamics/returns": ["所看年份：2022、2024。"]})

    sheet = only(view_sheet(spec("view", views=[*views]), of, BOOK))

    how = BOOK.word("view_note_dynamics_returns")
    assert list(sheet.tables[0].notes) == ["所看年份：2022、2024。", how, BOOK.legend]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (9, [9]), (10, [5, 5]), (14, [7, 7]), (27, [9, 9, 9]), (29, [8, 8, 8, 5])],
)
def test_sheets_of_indicators_are_equally_full(count: int, sizes: list[int]) -> None:
    many = tuple(indicator(f"i{n}", "social", "人", f"指标{n}", decimals=0) for n in range(count))
    of = figures(*((one.id, "县", 1.0) for one in many))

    sheets = list(
        indicator_sheets(spec("indicators", domain="social"), facts(of), replace(BOOK, indicators=many))
    )

    assert [len(sheet.tables[0].columns) - 1 for sheet in sheets] == sizes


def test_a_rate_that_is_no_quotient_of_its_neighbours_says_so() -> None:
    names = ("capacity/villages", "benefit/targeting", "benefit/fifths", "accounts/households")
    views = {name: pd.DataFrame({"unit": ["县"], "level": ["county"]}) for name in names}
    measures = figures(("collective_burden", "县", 0.1))
    views |= dict.fromkeys(("capacity/villages", "benefit/targeting"), measures.assign(level="county"))

    sheet = only(view_sheet(spec("view", views=[*names]), facts(figures(), views=views), BOOK))

    burden, error, fifths, account = (table.notes[0] for table in sheet.tables)
    assert "不等于左边两栏相除" in burden
    assert "脱贫不脱政策" in error
    assert "覆盖率是受益户人口占本组人口" in fifths
    assert "未解释净额" in account
