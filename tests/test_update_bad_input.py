"""Whatever is handed to `update` and `validate`, the answer is a sentence that says what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.errors import PovplanError
from povplan.grid import Grid
from povplan.jobs.update import NothingAccepted
from povplan.messages import say
from povplan.reading import tables
from povplan.workspace import Workspace
from tests.counties import FIXTURES, FUNDS, funds, rows, run, told, workbook, workspace

DRAWING = "village planned\n甲村 900"


@pytest.fixture
def county(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "w")


def refusal(place: Workspace, *files: Path, year: int | None = 2011) -> PovplanError:
    with pytest.raises(PovplanError) as refused:
        run(place, *files, year=year)
    assert place.store.batches() == []
    return refused.value


def only(place: Workspace, file: Path, year: int | None = 2011) -> str:
    """Why the one file was refused."""
    error = refusal(place, file, year=year)
    assert isinstance(error, NothingAccepted)
    assert error.exit_code == 3
    ((name, said),) = error.outcome.refused
    assert name == file.name
    return said.zh


def test_no_such_file(tmp_path: Path, county: Workspace) -> None:
    error = refusal(county, tmp_path / "没有.xlsx")

    assert (error.exit_code, error.said) == (2, say("file_missing", path=tmp_path / "没有.xlsx"))


def test_a_name_no_system_takes(tmp_path: Path, county: Workspace) -> None:
    assert refusal(county, tmp_path / ("长" * 400)).exit_code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path, county: Workspace) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refusal(county, tmp_path / "pipe").said == say("file_no_file", path=tmp_path / "pipe")


def test_an_empty_folder(tmp_path: Path, county: Workspace) -> None:
    (tmp_path / "空").mkdir()

    assert refusal(county, tmp_path / "空").said == say("folder_empty", folder=tmp_path / "空")


def test_a_folder_is_searched_and_what_systems_and_offices_leave_in_it_is_not_read(
    tmp_path: Path, county: Workspace
) -> None:
    folder = tmp_path / "报表"
    (folder / "温泉镇" / ".git").mkdir(parents=True)
    funds(folder / "温泉镇" / "a.xlsx", DRAWING)
    for name in ("Thumbs.db", "~$a.xlsx", ".DS_Store", "温泉镇/.git/x.xlsx"):
        (folder / name).write_bytes(b"x")

    outcome = run(county, folder)

    assert outcome.accepted_files == 1
    assert outcome.refused == []
    assert say("file_lock_skipped", name="~$a.xlsx") in outcome.remarks


def test_the_workspace_itself_does_not_feed_its_ledger_to_itself(tmp_path: Path, county: Workspace) -> None:
    funds(county.root / "a.xlsx", DRAWING)
    run(county, county.root / "a.xlsx")

    outcome = run(county, county.root)

    assert outcome.unchanged
    assert [name for name, _ in outcome.refused] == ["povplan.yaml"]


def test_a_file_that_cannot_be_opened(
    tmp_path: Path, county: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("povplan.jobs.submissions._digest", denied)

    assert only(county, funds(tmp_path / "a.xlsx", DRAWING)) == (
        "a.xlsx 打不开：没有权限。如在 Excel 或 WPS 中打开，请先关闭。"
    )


def test_an_empty_file_and_an_empty_workbook(tmp_path: Path, county: Workspace) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"")
    openpyxl.Workbook().save(tmp_path / "b.xlsx")

    assert only(county, tmp_path / "a.xlsx")
    assert only(county, tmp_path / "b.xlsx") == "b.xlsx 里没有表格数据。请核对是不是发错了文件。"


def test_a_workbook_without_a_table(tmp_path: Path, county: Workspace) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["关于召开会议的通知"])
    book.save(tmp_path / "a.xlsx")

    assert only(county, tmp_path / "a.xlsx").startswith("a.xlsx：没有认得的表。")


def test_a_blank_form_says_that_it_has_no_rows(tmp_path: Path, county: Workspace) -> None:
    error = refusal(county, funds(tmp_path / "a.xlsx", [dict.fromkeys(FUNDS)]))

    assert isinstance(error, NothingAccepted)
    assert error.outcome.remarks == [say("file_no_rows", name="a.xlsx", sheet="表")]


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_a_form_of_another_profile_names_it(tmp_path: Path) -> None:
    place = workspace(tmp_path / "w", "default")

    said = only(place, FIXTURES / "village_ledgers" / "gz2011_conghua-206_monthly.xls")

    assert said == (
        "gz2011_conghua-206_monthly.xls：没有认得的表。它像“广州市“规划到户、责任到人”台账（2011）”的“月度进度表”："
        "povplan init 文件夹 --profile guangzhou-2011"
    )


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_a_file_with_a_password_of_its_own(county: Workspace) -> None:
    from tests.test_hostile import HOSTILE

    locked = HOSTILE / "calamine" / "pass_protected.xlsx"

    assert "密码" in only(county, locked)


def test_no_year_anywhere_names_the_file_and_the_year_its_title_states(
    tmp_path: Path, county: Workspace
) -> None:
    error = refusal(county, funds(tmp_path / "a.xlsx", DRAWING, title="2011年资金表"), year=None)

    assert error.said == say("year_missing", names="a.xlsx", example=2011)


def test_a_year_that_contradicts_the_title_is_refused(tmp_path: Path, county: Workspace) -> None:
    said = only(county, funds(tmp_path / "a.xlsx", DRAWING, title="2010年资金表"))

    assert said == "a.xlsx 的“表”表头写的是 2010 年，本次入库年份是 2011 年。请核对，或改用 --year 2010。"


@pytest.mark.parametrize("year", [0, 11, 20111])
def test_a_year_that_is_none(tmp_path: Path, county: Workspace, year: int) -> None:
    assert refusal(county, funds(tmp_path / "a.xlsx", DRAWING), year=year).said == say("year_odd", year=year)


def test_no_county_anywhere_asks_for_it_in_the_settings(tmp_path: Path, county: Workspace) -> None:
    lines = [{**line, "county": None, "invested": 5, "special": 1} for line in rows(DRAWING)]

    error = refusal(county, workbook(tmp_path / "a.xlsx", FUNDS, lines))

    assert error.said == say("county_missing", name="a.xlsx", sheet="表")
    assert "county: {name: 示例县}" in error.said.zh


def test_all_rows_of_units_the_county_does_not_have(tmp_path: Path, county: Workspace) -> None:
    (county.root / "units.csv").write_text("县,乡镇,村\n示例县,城关镇,上河村\n", encoding="utf-8")

    error = refusal(county, funds(tmp_path / "a.xlsx", DRAWING))

    assert isinstance(error, NothingAccepted)
    assert {line[0] for line in told(error.outcome)} >= {"unit_unknown"}
    assert error.outcome.coverage[0].waiting == 1


def test_a_sheet_at_which_povplan_fails_costs_its_whole_file_and_is_named(
    tmp_path: Path, county: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = funds(tmp_path / "a.xlsx", DRAWING)
    book = openpyxl.load_workbook(two)
    book.copy_worksheet(book["表"]).title = "乙"
    book["乙"]["C2"] = "乙村"
    book.save(two)
    other = funds(tmp_path / "b.xlsx", "village planned\n丙村 700")
    as_it_is = tables.extract

    def broken(grid: Grid, *more: Any) -> Any:
        if grid.sheet == "乙":
            raise KeyError("张三丰")
        return as_it_is(grid, *more)

    monkeypatch.setattr("povplan.jobs.reading.extract", broken)
    outcome = run(county, two, other, year=2011)

    assert outcome.refused == [("a.xlsx", say("read_our_bug_sheet", what="KeyError", sheet="乙"))]
    assert {(line.read, line.accepted) for line in outcome.coverage} == {(1, 1)}
    assert [file.name for file in outcome.files] == ["b.xlsx"]


def test_nothing_sent_to_an_empty_ledger(county: Workspace) -> None:
    assert refusal(county, year=None).exit_code == 2


def test_a_damaged_part_of_last_year_is_told_and_nothing_is_stored(tmp_path: Path, county: Workspace) -> None:
    run(county, funds(tmp_path / "a.xlsx", DRAWING), year=2011)
    (part,) = (county.store.root / "parts" / "village").rglob("*.parquet")
    part.write_bytes(b"PAR1")

    with pytest.raises(PovplanError) as refused:
        run(county, funds(tmp_path / "b.xlsx", DRAWING.replace("900", "950")), year=2012)

    assert refused.value.said == say("store_file_damaged", path=part)
    assert [batch.id for batch in county.store.batches()] == [1]
