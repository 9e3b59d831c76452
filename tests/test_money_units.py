"""In which unit the amounts of a sheet stand, and what is said where that is not certain."""

from __future__ import annotations

import pytest

from povplan.grid import Grid
from povplan.jobs.reading import read_sheets
from povplan.reading.lines import Note
from tests.grids import form, grid, ledger, plan, read, said

COLUMNS = {"township": "乡镇", "village": "村名", "income": "集体收入", "persons": "人口"}
FIELDS = {
    "township": {"type": "text", "place": "township"},
    "village": {"type": "text", "place": "village"},
    "income": "money in 元",
    "persons": "integer in 人",
}
HEAD = "乡镇 | 村名 | 集体收入 | 人口"
ROW = "城关镇 | 桥头村 | 1.5 | 2"
FINE = "\n".join(f"城关镇 | 桥{n}村 | {n}.1234 | 2" for n in range(1, 6))


def income(sheet: Grid) -> tuple[list[int], list[Note]]:
    result = read(sheet, form(COLUMNS))
    return result.tables[0].frame["income"].tolist(), list(result.notes)


def test_the_name_of_a_sheet_may_state_the_unit() -> None:
    assert income(grid(f"{HEAD}\n{ROW}", sheet="资金（万元）")) == ([1500000], [])
    assert income(grid(f"单位：元 |\n{HEAD}\n{ROW}", sheet="资金（万元）"))[0] == [150]


def test_a_row_of_units_may_have_marks_where_a_column_has_none() -> None:
    for mark in ("—", "/"):
        amounts, notes = income(grid(f"{HEAD}\n{mark} | {mark} | 万元 | 人\n{ROW}"))
        assert (amounts, said(notes)) == ([1500000], [])


@pytest.mark.parametrize(
    ("line", "unit", "taken", "stated"),
    [
        (" |", "万元", "元", "万元"),
        ("单位：万元 |", "元", "万元", "元"),
    ],
)
def test_a_column_of_units_beside_the_amounts_is_said(line: str, unit: str, taken: str, stated: str) -> None:
    rows = f"城关镇 | 桥头村 | 1.5 | 2 | {unit}\n城关镇 | 桥尾村 | 1.5 | 2 | 万元"
    notes = income(grid(f"台账 |\n{line}\n{HEAD} | 金额单位\n{rows}"))[1]

    assert [(note.rule, dict(note.more)) for note in notes if note.rule != "unknown_column"] == [
        ("money_unit_unsure", {"stated": stated, "taken": taken})
    ]


def test_a_column_of_other_words_says_nothing_of_money() -> None:
    rows = "城关镇 | 桥头村 | 1.5 | 2 | 万元\n城关镇 | 桥尾村 | 1.5 | 2 | 公里"

    assert said(income(grid(f"{HEAD} | 计量单位\n{rows}"))[1]) == [("unknown_column", 1, 5)]


def test_small_amounts_finer_than_a_fen_in_a_unit_that_nobody_states_are_said() -> None:
    notes = income(grid(f"{HEAD}\n{FINE}"))[1]

    assert [(note.rule, note.row, note.column, dict(note.more)) for note in notes] == [
        ("money_unit_unstated", 1, 3, {"count": "5", "taken": "元"})
    ]


@pytest.mark.parametrize(
    "drawing",
    [
        f"单位：元 |\n{HEAD}\n{FINE}",
        f"{HEAD.replace('集体收入', '集体收入（元）')}\n{FINE}",
        f"{HEAD}\n{FINE.replace('.1234', '2345.1234')}",
        f"{HEAD}\n{FINE.replace('.1234', '.12')}",
    ],
)
def test_amounts_in_a_stated_unit_large_ones_and_whole_fen_are_not_doubted(drawing: str) -> None:
    assert said(income(grid(drawing))[1]) == []


@pytest.mark.parametrize(("own", "doubted"), [("元", True), ("万元", False)])
def test_a_unit_stated_for_the_table_that_no_header_has_is_said(own: str, *, doubted: bool) -> None:
    drawing = f"单位：万元 |\n{HEAD.replace('集体收入', f'集体收入（{own}）')}\n{ROW}"
    notes = income(grid(drawing))[1]

    assert said(notes) == ([("money_units_contradict", 2, 3)] if doubted else [])


def test_a_sheet_continued_without_its_unit_is_said() -> None:
    columns = plan(form(COLUMNS))
    first = grid(f"单位：万元 |\n{HEAD}\n{ROW}", sheet="资金")
    second = grid(f"续表 |\n{HEAD}\n{ROW}", sheet="续表")
    third = grid(f"单位：元 |\n{HEAD}\n{ROW}", sheet="又续")

    notes = [sheet.tables and sheet.tables.notes for sheet in read_sheets([first, second, third], columns)]

    assert notes[0] == notes[2] == ()
    assert [(note.rule, note.row, note.column, dict(note.more)) for note in notes[1] or ()] == [
        ("money_unit_unsure", 2, 3, {"stated": "万元", "taken": "元"})
    ]
    (alone,) = read_sheets([second], columns)
    assert alone.tables is not None
    assert alone.tables.notes == ()


def test_an_amount_without_a_unit_among_others_with_one_is_said() -> None:
    columns = {**COLUMNS, "cost": "支出"}
    ledgers = [ledger("village", **{**FIELDS, "cost": "money in 元"})]
    rows = "\n".join(f"城关镇 | 桥{n}村 | {n}.1234 | 2 | {n}" for n in range(1, 6))
    sheet = grid(f"{HEAD} | 支出（万元）\n{rows}")

    (only,) = read_sheets([sheet], plan(form(columns), ledgers=ledgers))

    assert only.tables is not None
    notes = [note for note in only.tables.notes if note.rule != "third_decimal"]
    assert [(note.rule, note.column, dict(note.more)) for note in notes] == [
        ("money_unit_unsure", 3, {"stated": "万元", "taken": "元"})
    ]
