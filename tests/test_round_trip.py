"""One workbook's way: sent out as a template, filled in with faults, sent back marked, mended, taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from povplan.excel.workers import Workers
from povplan.jobs.figures import standing_at
from povplan.jobs.returning import Returning, returns, senders_of, taken
from povplan.jobs.templating import Wanted, templates
from povplan.jobs.update import Order, Outcome, update
from povplan.workspace import Workspace
from tests.counties import quiet, told, workspace

HEADS = (
    "县",
    "乡镇",
    "行政村",
    "户编号",
    "户主姓名",
    "户主性别",
    "家庭人口数",
    "劳动力人数",
    "脱贫状态",
    "耕地面积",
)
BEFORE = [
    ("桥县", "河镇", "桥头村", f"9900{number:04}", f"样本{number}", "男", 3, 2, "已脱贫", 4.5)
    for number in range(6)
]
SHEET = "农户"
NOW = {
    "家庭人口数": 3, "劳动力人数": 2, "工资性收入": 9000, "生产经营性收入": 4000, "财产性收入": 100,
    "转移性收入": 900, "生产经营性支出": 1000, "年纯收入": 13000, "人均纯收入": 4333.33, "耕地面积": 4.5,
}  # fmt: skip
FAULTS: dict[tuple[int, str], tuple[Any, str]] = {
    (0, "家庭人口数"): (0, "range"),
    (1, "劳动力人数"): (5, "H_labour"),
    (2, "年纯收入"): (31000, "H108"),
    (3, "工资性收入"): ("九千", "unreadable_number"),
    (4, "耕地面积"): (450, "H106"),
}
"""Row and field → what the village wrote instead, and the rule that says so."""


def sent(place: Workspace, file: Path) -> Outcome:
    return update(place, Order(files=[file], year=None), quiet)


def last_year(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(SHEET)
        for number, row in enumerate([HEADS, *BEFORE]):
            sheet.write_row(number, 0, row)
    return path


def columns(sheet: Any) -> dict[str, int]:
    """Field → column, by the template's headings; units in brackets and last year's columns left out."""
    heads = {cell.column: "".join(str(cell.value or "").split()) for cell in sheet[3]}
    return {head.split("(")[0].strip("*"): at for at, head in heads.items() if "上年" not in head}


def first_row(sheet: Any) -> int:
    """The row of the first household."""
    at = columns(sheet)["户编号"]
    return next(row for row in range(1, 20) if str(sheet.cell(row, at).value) == BEFORE[0][3])


def filled(template: Path, to: Path, faults: bool) -> Path:
    """The template with this year's figures of every household, right or with the faults."""
    book = openpyxl.load_workbook(template)
    sheet = next(one for one in book if "户编号" in columns(one))
    at, first = columns(sheet), first_row(sheet)
    for number in range(len(BEFORE)):
        for field, value in NOW.items():
            wrong = FAULTS.get((number, field)) if faults else None
            sheet.cell(first + number, at[field]).value = wrong[0] if wrong else value
    book.save(to)
    return to


def cell_of(path: Path, number: int, field: str) -> str:
    """The address of a household's field in the template."""
    sheet = next(one for one in openpyxl.load_workbook(path) if "户编号" in columns(one))
    return str(sheet.cell(first_row(sheet) + number, columns(sheet)[field]).coordinate)


def statuses(outcome: Outcome) -> dict[str, set[str]]:
    """Planted rule → how its findings stand, those mended since the batch before too."""
    found: dict[str, set[str]] = {rule: set() for _, rule in FAULTS.values()}
    for frame in (outcome.findings.frame, outcome.findings.fixed):
        for rule, status in zip(frame["rule"], frame["status"], strict=True):
            if rule in found:
                found[rule].add(status)
    return found


def all_(status: str) -> dict[str, set[str]]:
    return {rule: {status} for _, rule in FAULTS.values()}


def test_what_was_filled_in_wrong_comes_back_marked_is_mended_at_the_marks_and_taken(tmp_path: Path) -> None:
    place = workspace(tmp_path / "县", "default", "county: {name: 桥县}\n")
    update(place, Order(files=[last_year(tmp_path / "去年.xlsx")], year=2023), quiet)
    wanted = Wanted(year=2024, ledgers=("household",), folder=tmp_path / "发")
    (issued,) = (one.path for one in templates(place, wanted).write())

    wrong = filled(issued, tmp_path / "河镇.xlsx", faults=True)
    outcome = sent(place, wrong)

    planted = {(rule, cell_of(issued, *at)) for at, (_, rule) in FAULTS.items()}
    found = {(rule, cell) for rule, _, cell, _ in told(outcome)}
    assert planted <= found
    assert statuses(outcome) == all_("new")

    (copy,) = (
        path
        for path, _ in returns(place, standing_at(place), 2024, "zh", what=("file",), folder=tmp_path / "退")
        if path is not None
    )
    book = openpyxl.load_workbook(copy)
    sheet = next(one for one in book if "户编号" in columns(one))
    clean = openpyxl.load_workbook(wrong)[sheet.title]
    marked = {
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment and "疑点清单第" in cell.comment.text
    }
    assert {cell for _, cell in planted} <= marked
    assert all(sheet[cell].fill.fgColor.rgb != clean[cell].fill.fgColor.rgb for cell in marked)

    for (number, field), _ in FAULTS.items():
        sheet[cell_of(issued, number, field)].value = NOW[field]
    book.save(tmp_path / copy.name)
    mended = sent(place, tmp_path / copy.name)

    assert statuses(mended) == all_("fixed")
    assert not (mended.findings.open["severity"] == "error").any()
    assert [line.accepted for line in mended.coverage if line.ledger == "household"] == [len(BEFORE)]

    again = sent(place, filled(issued, tmp_path / "又错.xlsx", faults=True))

    assert statuses(again) == all_("reopened")


def two_years(path: Path) -> Path:
    """A household in two years, in both with nobody in it."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(SHEET)
        sheet.write_row(0, 0, ("年份", *HEADS))
        for number, year in enumerate((2023, 2024), 1):
            row = list(BEFORE[0])
            row[HEADS.index("家庭人口数")] = 0
            sheet.write_row(number, 0, (year, *row))
    return path


def marked_rows(copy: Path) -> set[int | None]:
    return {
        cell.row for row in openpyxl.load_workbook(copy)[SHEET].iter_rows() for cell in row if cell.comment
    }


def test_a_file_that_speaks_of_two_years_comes_back_once_marked_for_both(tmp_path: Path) -> None:
    place = workspace(tmp_path / "县", "default", "county: {name: 桥县}\n")
    outcome = sent(place, two_years(tmp_path / "两年.xlsx"))
    assert outcome.standing is not None
    senders = senders_of(outcome.files, outcome.standing, outcome.findings, outcome.years, 1)
    returning = Returning(place, outcome.standing, outcome.findings, senders, "zh", 1)

    written = [
        one for one, _ in taken(returning, outcome.years, Workers()) if one is not None and "核查" in one.name
    ]

    (copy,) = written
    assert marked_rows(copy) == {2, 3}


@pytest.mark.parametrize("year", [2023, 2024])
def test_whichever_of_its_years_is_asked_for_a_file_comes_back_marked_for_all(
    tmp_path: Path, year: int
) -> None:
    place = workspace(tmp_path / "县", "default", "county: {name: 桥县}\n")
    sent(place, two_years(tmp_path / "两年.xlsx"))

    given = returns(place, standing_at(place), year, "zh", what=("file",), folder=tmp_path / "退")

    (copy,) = (path for path, _ in given if path is not None)
    assert marked_rows(copy) == {2, 3}
