"""The report workbooks of the sample county: every total worked out anew, from the submitted files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.jobs.reporting import file_name
from tests.commands import Terminal
from tests.workbooks import evaluate, live_cells, rows_of

SAMPLE = Path(__file__).parents[1] / "sample_data"
YEARS = (2022, 2023, 2024)
SPECIAL = ("衔接", "专项")
"""What the names of the special fund's sources hold."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample county's three years."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("county") / "w"
    for words in (
        ["init", folder, "--county", "清河县", "-q"],
        *(["update", "-w", folder, "--year", year, "-q", SAMPLE / str(year)] for year in YEARS),
    ):
        command = [sys.executable, "-m", "povplan", *map(str, words)]
        assert subprocess.run(command, capture_output=True, check=False).returncode in (0, 1)
    return folder


@pytest.fixture
def book(county: Path) -> Path:
    return county / "reports" / "2024" / "povplan-2024.xlsx"


@pytest.fixture
def povplan(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def table(path: Path, sheet: str, heading: str) -> list[list[Any]]:
    """The rows under the line that begins with `heading`, down to the first that is no row of the table."""
    rows = rows_of(path, sheet)
    top = next(number for number, row in enumerate(rows) if row[0] == heading)
    return rows[top + 1 :]


def footer_of(page: Any) -> str:
    return str(page.oddFooter.center.text)


def test_every_live_cell_says_what_its_formula_gives(book: Path) -> None:
    values = openpyxl.load_workbook(book, data_only=True)

    live = list(live_cells(book))

    assert len(live) > 200
    for one in live:
        assert one.cached == pytest.approx(evaluate(one.formula, values[one.sheet]), abs=1e-6), one


def test_the_special_fund_is_that_of_the_submitted_ledger(book: Path) -> None:
    """Summed from the county's own file, in 万元; the one line of another year waits."""
    page = openpyxl.load_workbook(SAMPLE / "2024" / "清河县2024年资金台账.xlsx", data_only=True).worksheets[0]
    rows: list[list[Any]] = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(row for row in rows if "资金来源" in row)
    at = {name: head.index(name) for name in ("资金来源", "资金阶段", "年份")}
    amount = next(n for n, name in enumerate(head) if str(name).startswith("金额"))
    paid = [row for row in rows if (row[at["资金阶段"]], row[at["年份"]]) == ("支出", 2024)]
    lever = sum(row[amount] for row in paid if any(word in row[at["资金来源"]] for word in SPECIAL))

    top = next(row for row in rows_of(book, "资金整合及撬动") if row[0] == "清河县")

    assert top[1] == pytest.approx(lever, abs=1e-6)


def test_the_county_s_total_is_the_sum_of_its_villages(book: Path) -> None:
    rows = rows_of(book, "基本情况")
    head = next(row for row in rows if row[0] == "单位")
    at = head.index("在册人口")
    figures = [row for row in rows[rows.index(head) + 2 :] if isinstance(row[at], int | float)]
    county, townships = (
        figures[0][at],
        [row[at] for row in figures if row[0] in ("东岭镇", "中川乡", "西坪镇")],
    )
    villages = [row[at] for row in figures if str(row[0]).endswith("村")]

    assert county == sum(townships) == sum(villages)
    assert len(villages) == 15


def test_each_count_of_those_who_fell_back_is_named_by_what_it_counts(book: Path) -> None:
    """As villages report, as households are recorded, as the years show, and all who are poor again."""

    def under(sheet: str, caption: str, row: str) -> dict[str, Any]:
        rows = rows_of(book, sheet)
        top = next(number for number, line in enumerate(rows) if line[0] == caption)
        head = next(line for line in rows[top + 1 :] if line[0] is not None)
        found = next(line for line in rows[top + 1 :] if line[0] == row)
        return dict(zip(map(str, head), found, strict=True))

    reported = under("基本情况", "← 目录　清河县　2024年", "清河县")["本年返贫人数(村报)"]
    households = under("年度增减", "贫困户年度变化表", "清河县")["返贫（按登记）"]
    persons = under("年度增减", "贫困人口年度变化表", "清河县")["返贫（按登记）"]
    flows = {
        (row[1], row[2], row[3]): row[4] for row in table(book, "家庭动态", "单位") if row[0] == "清河县"
    }
    listed = table(book, "返贫及风险户", "农户")
    still_poor = next(number for number, row in enumerate(listed) if len(str(row[0])) != 10)

    assert (households, persons, still_poor) == (3, 11, 5)
    assert reported == persons
    assert flows["全部（含进出）", "返贫（所看年份内）", "2024"] == 0
    assert flows["全部（含进出）", "致贫（含返贫）", "2024"] == 3
    notes = {str(row[0]) for name in ("年度增减", "家庭动态", "返贫及风险户") for row in rows_of(book, name)}
    for said in (
        "返贫（按登记）：上年末不贫困",
        "返贫（所看年份内）：先贫困",
        "年末贫困户中，以往年度已脱贫",
    ):
        assert any(note.startswith(said) for note in notes)


def test_change_names_on_the_terminal_too_whose_data_are_in_doubt(county: Path, povplan: Terminal) -> None:
    words = ("change", "-w", county, "--year", 2024, "--by", "county", "--indicator")

    assert "村均集体经济收入（2）" in povplan(*words, "collective_income_mean").err
    assert "疑点（处数）" not in povplan(*words, "safe_water_coverage").err


def test_groups_of_money_that_stands_twice_are_numbered_within_the_year(book: Path) -> None:
    groups = [row[1] for row in table(book, "重复计算核查", "类别") if isinstance(row[1], int | float)]

    assert groups[0] == 1
    assert sorted(set(groups)) == list(range(1, len(set(groups)) + 1))


def test_every_sheet_is_a_page_wide_with_its_headings_repeated_and_leads_home(book: Path) -> None:
    pages = openpyxl.load_workbook(book).worksheets

    assert [page.title for page in pages][:3] == ["封面", "目录", "综合情况"]
    for page in pages:
        assert page.sheet_properties.pageSetUpPr is not None
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
        assert footer_of(page) == "第 &P 页 / 共 &N 页"
    home = [page for page in pages if page.title not in ("封面", "目录")]
    assert all(page["A2"].hyperlink.location == "'目录'!A1" for page in home)
    assert [cell.hyperlink.location for cell in pages[1]["B"] if cell.hyperlink] == [
        f"'{page.title}'!A1" for page in home
    ]


def test_the_report_masks_persons_and_that_of_a_township_names_its_own_only(
    county: Path, povplan: Terminal
) -> None:
    done = povplan("report", "-w", county, "--year", 2024, "--by", "township")

    paths = [Path(line) for line in done.out.split()]
    assert [path.name for path in paths] == ["01-东岭镇.xlsx", "02-中川乡.xlsx", "03-西坪镇.xlsx"]
    households = {path.name: set(_households(path)) for path in paths}
    assert households["01-东岭镇.xlsx"]
    assert not set(_households(county / "reports/2024/povplan-2024.xlsx")) & set().union(*households.values())
    for name, path in zip(("东岭镇", "中川乡", "西坪镇"), paths, strict=True):
        text = "".join(_texts(path))
        assert all(other not in text for other in {"东岭镇", "中川乡", "西坪镇"} - {name})


def _households(path: Path) -> list[str]:
    rows = rows_of(path, "疑点清单")
    head = next(row for row in rows if row[0] == "序号")
    at, ledger = head.index("对象"), head.index("台账")
    return [str(row[at]) for row in rows[rows.index(head) + 1 :] if row[ledger] == "农户基础台账" and row[at]]


def _texts(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path, data_only=True)
    return [str(cell.value) for page in book for row in page.iter_rows() for cell in row if cell.value]


def test_a_report_written_again_has_the_same_bytes(
    county: Path, book: Path, povplan: Terminal, tmp_path: Path
) -> None:
    before = book.read_bytes()

    done = povplan("report", "-w", county, "--year", 2024, "-o", tmp_path)

    assert done.code == 0
    assert (tmp_path / "povplan-2024.xlsx").read_bytes() == before


def test_two_counties_of_the_same_files_and_key_have_the_same_report(
    county: Path, book: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(county, other)
    (other / "reports" / "2024" / "povplan-2024.xlsx").unlink()

    from povplan.jobs import figures
    from povplan.jobs.reporting import write_county
    from povplan.workspace import Workspace

    place = Workspace(other)
    path = write_county(place, figures.standing_at(place), 2024, "zh")

    assert path.read_bytes() == book.read_bytes()


def test_a_report_for_a_year_without_data_is_one_sentence(county: Path, povplan: Terminal) -> None:
    done = povplan("report", "-w", county, "--year", 2019)

    assert done.code == 3
    assert done.err == "The ledger has no data of 2019; it has: 2022、2023、2024.\n"


def test_a_folder_that_cannot_be_written_is_told(county: Path, povplan: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    done = povplan("report", "-w", county, "--year", 2024, "-o", file / "inner")

    assert done.code == 2
    assert done.err.startswith(f"{file / 'inner'} cannot be written: ")


@pytest.mark.parametrize("inside", ["ledger", "submissions/2024", "configs"])
def test_a_report_is_not_put_among_the_workspace_s_own_files(
    county: Path, povplan: Terminal, inside: str
) -> None:
    done = povplan("report", "-w", county, "--year", 2024, "-o", county / inside)

    assert done.code == 2
    assert not (county / inside / "povplan-2024.xlsx").exists()


def test_a_folder_named_like_a_workbook_is_asked_about(
    county: Path, povplan: Terminal, tmp_path: Path
) -> None:
    done = povplan("report", "-w", county, "--year", 2024, "-o", tmp_path / "a.xlsx")

    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert done.err.startswith("-o wants a folder")


def test_the_report_speaks_english_when_asked(county: Path, povplan: Terminal, tmp_path: Path) -> None:
    done = povplan("report", "-w", county, "--year", 2024, "-o", tmp_path, lang="en")

    assert done.code == 0
    book = openpyxl.load_workbook(tmp_path / "povplan-2024.xlsx")
    assert book.sheetnames[:3] == ["Cover", "Contents", "Summary"]
    assert {footer_of(page) for page in book.worksheets} == {"Page &P of &N"}


def test_a_unit_s_name_never_becomes_a_path() -> None:
    assert file_name("../../etc/甲 镇*?") == "_etc_甲_镇_"
    assert file_name("///") == "_"


def test_what_was_restated_since_a_tag_stands_in_a_sheet_of_its_own_and_leads_to_its_definition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from povplan.jobs import figures
    from povplan.jobs.reporting import book_of, facts_of
    from povplan.jobs.restating import note
    from povplan.sheets.page import Cell, DifferenceOf
    from povplan.sheets.report import workbook
    from tests.test_tracing import county

    monkeypatch.setattr("povplan.jobs.reporting.facts._coverage", lambda standing, year: [])
    place = county(tmp_path)
    place.store.mark("tag", "李", "2025-02-01T09:00:00+08:00", note(name="定稿", batch=1, year=2024))
    standing = figures.standing_at(place)
    spec = standing.config.reports["county"]

    facts = facts_of(place, standing, 2024, "zh", spec)
    sheets = {sheet.name: sheet for sheet in workbook(spec, facts, book_of(standing, "zh")).sheets}

    table = sheets["历史数据更正"].tables[0]
    cells = table.rows[0].cells
    assert [cell.value for cell in cells[:3] if isinstance(cell, Cell)] == ["户均人口", "桥县", "人"]
    assert isinstance(cells[5], Cell) and cells[5].live == DifferenceOf(4, 3)
    assert "历史数据已更正" in table.notes[0]
    anchors = [row.anchor for one in sheets["指标定义"].tables for row in one.rows]
    assert isinstance(cells[0], Cell) and cells[0].link == "#heads" and "heads" in anchors
