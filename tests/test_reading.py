"""Real sheets through the whole of reading: recognised with their rows, or refused in one sentence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from povplan.config import load_config
from povplan.jobs.reading import FileRead, Plan, SheetRead, read_file, read_sheet
from povplan.reading.lines import Definitions
from povplan.words import Vocabulary
from tests.grids import of_rows

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"
FILES = [*(FIXTURES / "village_ledgers").glob("*.xls"), *(FIXTURES / "yearbooks").glob("*.xlsx")]
PROFILES = ("guangzhou-2011", "default")
needs_fixtures = pytest.mark.skipif(not FILES, reason="the real files are not at hand")


@cache
def shipped(profile: str) -> Plan:
    config = load_config(profile)
    vocabulary = Vocabulary(config.measurement, config.words)
    return Plan(Definitions(config.ledgers, config.codes, vocabulary), tuple(config.forms.values()))


def village_file(name: str, profile: str = "guangzhou-2011") -> FileRead:
    return read_file(FIXTURES / "village_ledgers" / name, shipped(profile))


def rules(sheet: SheetRead) -> list[str]:
    assert sheet.tables is not None
    tables = sheet.tables.tables
    return [note.rule for note in (*sheet.tables.notes, *(n for table in tables for n in table.notes))]


@needs_fixtures
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("path", sorted(FILES), ids=lambda path: path.name)
def test_every_real_sheet_is_recognised_or_refused_in_one_sentence(path: Path, profile: str) -> None:
    for sheet in read_file(path, shipped(profile)).sheets:
        assert (sheet.form is None) == (sheet.refused is not None)
        if sheet.refused:
            assert sheet.refused.zh.startswith(f"工作表“{sheet.sheet}”")
            assert sheet.refused.zh.count("\n") == 0


@needs_fixtures
@pytest.mark.parametrize(
    ("name", "form", "totals"),
    [
        ("gz2011_conghua-206_funds.xls", "gz_funds", 9),
        ("gz2011_conghua-206_monthly.xls", "gz_monthly", 57),
    ],
)
def test_a_real_ledger_gives_its_125_villages_and_its_totals_agree(name: str, form: str, totals: int) -> None:
    (sheet,) = village_file(name).sheets

    assert sheet.form is not None
    assert sheet.tables is not None
    assert sheet.form.form == form
    assert {len(table.frame) for table in sheet.tables.tables} == {125}
    assert (sheet.tables.totals_agreeing, len(sheet.lines.totals)) == (totals, 1)
    assert set(rules(sheet)) <= {"unreadable_number"}


@needs_fixtures
@pytest.mark.parametrize(
    ("name", "form"),
    [("tmpl_gz_export_report_12_blank.xls", "gz_monthly"), ("tmpl_gz_export_report_3_blank.xls", "gz_funds")],
)
def test_a_blank_form_is_recognised_and_has_no_rows(name: str, form: str) -> None:
    (sheet,) = village_file(name).sheets

    assert sheet.form is not None
    assert (sheet.form.form, sheet.lines.data, rules(sheet)) == (form, [], [])


@needs_fixtures
def test_a_form_by_county_is_refused_for_want_of_its_village_column() -> None:
    refused = [sheet.refused for sheet in village_file("tmpl_gz_export_stat.xls").sheets]

    assert len(refused) == 5
    assert all(said and "但缺少：村名称" in said.zh for said in refused)


@needs_fixtures
def test_the_card_of_one_household_gives_no_rows_of_its_labels() -> None:
    (sheet,) = village_file("tmpl_xiaonan_moban.xls", "default").sheets

    assert sheet.lines.data == []


@needs_fixtures
def test_this_years_income_is_not_called_last_years() -> None:
    (sheet,) = village_file("gz2011_conghua-206_monthly.xls").sheets
    assert sheet.tables is not None
    (table,) = sheet.tables.tables

    assert (table.columns["collective_income_last"], table.columns["collective_income_expected"]) == (38, 39)
    assert table.frame["collective_income_last"].sum() == 256227618
    assert table.frame["collective_income_expected"].sum() == 636336840


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ("乡镇 行政村 户编号 户主姓名 户主证件号码 家庭人口数 劳动力人数", "household"),
        ("乡镇 行政村 户编号 户主姓名 人口编号 姓名 性别 与户主关系", "member"),
        ("乡镇 行政村 户编号 姓名 性别 文化程度", "member"),
        ("乡镇 行政村 户编号 户主姓名 联系电话", "household"),
        ("县 乡镇 行政村 总户数 户籍人口", "village"),
    ],
)
def test_the_implied_forms_of_the_default_ledgers_are_told_apart(headers: str, form: str) -> None:
    names = headers.split()

    sheet = read_sheet(of_rows([names, [f"甲{i}" for i in range(len(names))]]), shipped("default"))

    assert sheet.form is not None, sheet.refused
    assert sheet.form.form == form


@pytest.mark.parametrize("ledger", ["village", "household", "member", "fund", "project"])
def test_a_sheet_with_every_label_of_a_default_ledger_is_that_ledger_whole(ledger: str) -> None:
    fields = shipped("default").definitions.ledgers[ledger].fields
    sheet = read_sheet(of_rows([[field.label.zh for field in fields], [None]]), shipped("default"))

    assert sheet.form is not None, sheet.refused
    assert sheet.tables is not None
    assert sheet.form.form == ledger
    assert sheet.tables.tables[0].columns == {field.id: i for i, field in enumerate(fields, 1)}
    assert rules(sheet) == []
