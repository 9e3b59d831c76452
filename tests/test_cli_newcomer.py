"""`init --sample` and `init --from` as a newcomer types them: what is asked, written and refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import openpyxl
import pytest

from povplan.cli.asking import Asker
from povplan.config import load_config
from povplan.jobs.update import Order, update
from povplan.workspace import Workspace
from tests.commands import Answer, Terminal, lay
from tests.counties import FIXTURES, drawn, quiet, standing

VILLAGES = """
    清河县2023年行政村台账
    年份 乡镇   所在村 总户数 全村总人数 村集体的收入(万元) 村干部评语
    2023 东岭镇 甲子村 300    900        5.5                好
    2023 东岭镇 乙丑村 200    700        3                  中
"""


loaded = cache(load_config)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    monkeypatch.setattr("povplan.jobs.founding.load_config", loaded)


Answering = Callable[..., Answer]


@pytest.fixture
def answering(typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """A command typed at a terminal, and the lines typed after it."""

    def run(*words: object, lines: str) -> Answer:
        monkeypatch.setattr(Asker, "of", classmethod(lambda cls, lang, silent: cls(lang, not silent)))
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return typed(*words)

    return run


def workbook(path: Path, drawing: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in drawing.strip().splitlines():
        sheet.append([int(cell) if cell.isdigit() else cell for cell in line.split()])
    book.save(path)
    return path


@pytest.fixture
def last_year(tmp_path: Path) -> Path:
    return workbook(tmp_path / "村表.xlsx", VILLAGES)


def read_again(at: Path, file: Path) -> tuple[dict[str, object], set[str]]:
    """Village → population, income, comment where there is such a field; and the rules that speak."""
    place = Workspace(at)
    outcome = update(place, Order(files=[file]), quiet)
    own = [name for name in ("村干部评语",) if name in place.config.ledgers["village"].names]
    found = drawn(place, "village", "rural_population", "collective_income", *own, year=2023)
    return found, set(outcome.findings.frame["rule"])


# ---- the sample ------------------------------------------------------------------------------------


def test_the_sample_county_lies_ready_for_update(typed: Terminal, tmp_path: Path) -> None:
    answer = typed("init", "--sample", tmp_path / "县")

    made = Workspace.find(tmp_path / "县")
    assert (answer.code, Path(answer.out.strip())) == (0, made.root)
    assert f"povplan update -w {tmp_path / '县'}" in answer.err
    assert (made.settings.county.name, made.settings.county.code) == ("清河县", "990101")
    assert len(made.registry(()).paths) == 15
    sent = [path.parent.name for path in (made.root / "submissions").rglob("*") if path.is_file()]
    assert {year: sent.count(year) for year in sent} == {"2022": 8, "2023": 7, "2024": 11}
    assert (made.root / "FAULTS.csv").is_file()


def test_the_sample_is_never_laid_over_anything(typed: Terminal, tmp_path: Path) -> None:
    lay(tmp_path / "units.csv", "代码,县,乡镇,村\n")

    answer = typed("init", "--sample", tmp_path)

    assert answer.code == 2
    assert answer.err.startswith(f"{tmp_path / 'units.csv'} 已经存在")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["units.csv"]


def test_the_sample_goes_with_nothing_else(typed: Terminal, tmp_path: Path) -> None:
    answer = typed("init", "--sample", tmp_path / "县", "--county", "甲县")

    assert (answer.code, (tmp_path / "县").exists()) == (2, False)
    assert "不能与 --county 同用" in answer.err


# ---- last year's files, nobody at the terminal -----------------------------------------------------


def test_unattended_only_what_is_sure_is_taken(typed: Terminal, tmp_path: Path, last_year: Path) -> None:
    answer = typed("init", tmp_path / "县", "--from", last_year, "--profile", "default")

    assert answer.code == 0
    made = Workspace(tmp_path / "县")
    village = made.config.ledgers["village"]
    assert "所在村" not in village.field("village").aliases
    assert village.ignore == ()
    text = (made.root / "configs" / "ledgers" / "village.yaml").read_text(encoding="utf-8")
    assert "# 可能是这一栏：村表.xlsx「Sheet」C2 的表头“所在村”" in text
    assert [line.split()[-1] for line in answer.out.splitlines()[1:-1]] == ["确定", *["疑似"] * 3, "没有对应"]
    assert "3 个疑似的表头没有人确认" in answer.err


def test_unattended_a_header_like_nothing_is_left_out_where_its_sheet_is_read(
    typed: Terminal, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "村表.xlsx", VILLAGES.replace("所在村", "村名"))

    answer = typed("init", tmp_path / "县", "--from", file)

    assert answer.code == 0
    assert Workspace(tmp_path / "县").config.ledgers["village"].ignore == ("村干部评语",)
    said = update(Workspace(tmp_path / "县"), Order(files=[file]), quiet).findings.frame["message_zh"]
    assert [sum(header in text for text in said) for header in ("全村总人数", "村干部评语")] == [1, 0]


def test_a_trial_prints_the_lines_and_writes_nothing(
    typed: Terminal, tmp_path: Path, last_year: Path
) -> None:
    answer = typed("init", tmp_path / "县", "--from", last_year, "--dry-run")

    assert (answer.code, (tmp_path / "县").exists()) == (0, False)
    assert "+++ configs/ledgers/village.yaml" in answer.out
    assert "什么都没有写" in answer.err


def test_no_file_is_passed_over_without_a_word(typed: Terminal, tmp_path: Path) -> None:
    files = tmp_path / "去年"
    lay(files / "通知.pdf", "%PDF-1.4")
    lay(files / "~$村表.xlsx", "")
    with ZipFile(files / "坏.zip", "w") as archive:
        archive.writestr("村表.csv", "乡镇,村名")
    damaged = (files / "坏.zip").read_bytes().replace("村名".encode(), "村各".encode())
    (files / "坏.zip").write_bytes(damaged)
    file = workbook(files / "村表.xlsx", VILLAGES.replace("所在村", "村名"))
    (files / "村表 (1).xlsx").write_bytes(file.read_bytes())
    openpyxl.Workbook().save(files / "空.xlsx")

    answer = typed("init", tmp_path / "县", "--from", files)

    assert answer.code == 0
    for said in (
        "通知.pdf：这是 PDF 文件",
        "坏.zip：",
        "空.xlsx 里没有表格数据。",
        "~$村表.xlsx 是 Excel/WPS 打开文件时的临时文件，已跳过。",
        "村表.xlsx 与 村表 (1).xlsx 内容相同，只读一次。",
    ):
        assert answer.err.count(said) == 1, answer.err


def test_files_of_which_no_row_can_be_read_yet_are_told_why_and_what_to_do(
    typed: Terminal, tmp_path: Path, last_year: Path
) -> None:
    answer = typed("init", tmp_path / "县", "--from", last_year)

    assert answer.code == 0
    assert answer.err.count("村表.xlsx：没有认得的表。") == 1
    last = answer.err.splitlines()[-1]
    assert last.startswith("这些文件还一行也读不了")
    assert f"povplan init 新文件夹 --from {last_year}；" in last
    assert f"povplan update -w {tmp_path / '县'} {last_year}" in last


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_real_forms_find_their_profile_and_county(typed: Terminal, tmp_path: Path) -> None:
    files = sorted((FIXTURES / "village_ledgers").glob("gz2011*.xls"))

    answer = typed("init", tmp_path / "县", "--from", *files)

    made = Workspace(tmp_path / "县")
    assert answer.code == 0
    assert (made.settings.profile, made.settings.county.name) == ("guangzhou-2011", "从化市")
    assert len(made.registry(()).paths) == 125
    assert "80 个表头确定，0 个疑似，0 个没有对应" in answer.err
    assert "--year 年份" in answer.err


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_a_blank_form_teaches_headers_and_no_units(typed: Terminal, tmp_path: Path) -> None:
    blank = FIXTURES / "village_ledgers" / "tmpl_gz_export_report_3_blank.xls"

    answer = typed("init", tmp_path / "县", "--from", blank)

    assert answer.code == 0
    assert "是空白表：只学表头，没有单位" in answer.err
    assert not (tmp_path / "县" / "units.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("说明.txt", "去年的说明\n", "1 个文件里没有"),
        ("照片.docx", "PK\x03\x04", "1 个文件里没有能读的台账，什么都没有写。第一个：照片.docx："),
    ],
)
def test_a_folder_without_a_ledger_is_one_sentence(
    typed: Terminal, tmp_path: Path, name: str, content: str, said: str
) -> None:
    lay(tmp_path / "去年" / name, content)

    answer = typed("init", tmp_path / "县", "--from", tmp_path / "去年", "-q")

    assert (answer.code, answer.out, (tmp_path / "县").exists()) == (3, "", False)
    assert answer.err.startswith(said)
    assert len(answer.err.splitlines()) == 1


def test_without_a_county_nobody_can_place_a_township(typed: Terminal, tmp_path: Path) -> None:
    file = workbook(tmp_path / "村表.xlsx", VILLAGES.replace("清河县", "").replace("所在村", "村名"))

    answer = typed("init", tmp_path / "县", "--from", file)
    named = typed("init", tmp_path / "县", "--from", file, "--county", "白水县")

    assert (answer.code, answer.err.splitlines()[-1]) == (
        2,
        "表里没有写是哪个县（市、区）。请加上 --county 县名。",
    )
    assert named.code == 0
    assert Workspace(tmp_path / "县").registry(()).paths[0] == "白水县/东岭镇/甲子村"


def test_two_folders_are_one_too_many(typed: Terminal, tmp_path: Path, last_year: Path) -> None:
    answer = typed("init", tmp_path / "甲", tmp_path / "乙", "--from", last_year)

    assert answer.code == 2
    assert answer.err.startswith("新建的工作区只能有一个文件夹，这里有 2 个")


def test_an_existing_workspace_is_said_before_anything_is_read(
    typed: Terminal, tmp_path: Path, last_year: Path
) -> None:
    lay(tmp_path / "县" / "povplan.yaml", "povplan: 1\n")

    answer = typed("init", tmp_path / "县", "--from", last_year)

    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "已经是工作区" in answer.err


# ---- at a terminal ---------------------------------------------------------------------------------


def test_answers_become_definitions_that_read_the_files(
    answering: Answering, tmp_path: Path, last_year: Path
) -> None:
    answer = answering("init", tmp_path / "县", "--from", last_year, lines="1\n1\n1\ns\n")

    assert answer.code == 0
    found, rules = read_again(tmp_path / "县", last_year)
    assert found == {"甲子村": (900, 55000, "好"), "乙丑村": (700, 30000, "中")}
    assert rules.isdisjoint({"unknown_column", "misspelt_header", "unit_new", "unit_unknown"})
    assert "povplan update -w" in answer.err and "--year" not in answer.err


def test_a_field_may_be_named_and_a_header_left_out(
    answering: Answering, tmp_path: Path, last_year: Path
) -> None:
    lines = "行政村\n总人口数\n村级集体经济收入\n\n"

    answer = answering("init", tmp_path / "县", "--from", last_year, lines=lines)

    assert answer.code == 0
    found, rules = read_again(tmp_path / "县", last_year)
    assert found == {"甲子村": (900, 55000), "乙丑村": (700, 30000)}
    assert "unknown_column" not in rules


def test_an_answer_that_cannot_be_is_one_sentence_and_asked_again(
    answering: Answering, tmp_path: Path, last_year: Path
) -> None:
    answer = answering("init", tmp_path / "县", "--from", last_year, lines="x\n9\n0\n1\n1\n1\n\n")

    assert answer.code == 0
    wrong = [line for line in answer.err.splitlines() if "不在可选之列" in line]
    assert [line.split("不在")[0].rsplit("：", 1)[-1] for line in wrong] == ["“x”", "“9”", "“0”"]


@pytest.mark.parametrize("lines", ["", "1\nq\n"])
def test_stopping_writes_nothing(answering: Answering, tmp_path: Path, last_year: Path, lines: str) -> None:
    answer = answering("init", tmp_path / "县", "--from", last_year, lines=lines)

    assert (answer.code, (tmp_path / "县").exists()) == (130, False)
    assert answer.err.splitlines()[-1].endswith("已停止，什么都没有写。")


def test_an_interrupt_at_a_question_writes_nothing(
    answering: Answering, tmp_path: Path, last_year: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*given: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("io.StringIO", lambda lines: SimpleNamespace(readline=cut))

    answer = answering("init", tmp_path / "县", "--from", last_year, lines="")

    assert (answer.code, (tmp_path / "县").exists()) == (130, False)


def test_county_and_year_are_asked_where_the_files_do_not_say(answering: Answering, tmp_path: Path) -> None:
    drawing = VILLAGES.replace("清河县2023年", "").replace("年份 ", "序号 ").replace("2023 ", "1 ")
    file = workbook(tmp_path / "村表.xlsx", drawing)

    answer = answering("init", tmp_path / "县", "--from", file, lines="1\n1\n1\n\n\n白水县\n二三\n2023\n")

    assert answer.code == 0
    assert "没有县名，就分不清乡镇属于哪里" in answer.err
    assert "“二三”不是年份" in answer.err
    assert "--year 2023" in answer.err
    assert Workspace(tmp_path / "县").settings.county.name == "白水县"


def test_a_header_of_two_ledgers_is_asked_once(answering: Answering, tmp_path: Path, last_year: Path) -> None:
    households = """
        清河县2023年农户台账
        年份 乡镇   所在村 户编号 户主姓名 家庭人口数
        2023 东岭镇 甲子村 9901   样本甲   3
    """
    other = workbook(tmp_path / "户表.xlsx", households)

    answer = answering("init", tmp_path / "县", "--from", last_year, other, lines="1\n1\n1\n\n")

    assert answer.code == 0
    assert answer.err.count("照前面的回答：行政村") == 1
    ledgers = Workspace(tmp_path / "县").config.ledgers
    assert all("所在村" in ledgers[name].field("village").aliases for name in ("village", "household"))


WIDE = """
    清河县2023年帮扶资金到位情况
    年份 乡镇   村名   总户数 财政专项资金(万元) 信贷资金(万元) 社会捐赠(万元)
    2023 东岭镇 甲子村 300    10                20             3
    2023 东岭镇 乙丑村 200    5                 0              1
"""


def test_a_column_for_each_source_becomes_a_form(answering: Answering, tmp_path: Path) -> None:
    file = workbook(tmp_path / "资金.xlsx", WIDE)

    answer = answering("init", tmp_path / "县", "--from", file, lines="1\n1\n1\n")

    assert answer.code == 0, answer.err
    place = Workspace(tmp_path / "县")
    update(place, Order(files=[file]), quiet)
    assert drawn(place, "village", "rural_households", year=2023) == {"甲子村": 300, "乙丑村": 200}
    money = standing(place).folded("fund", 2023).frame
    assert sorted(zip(money["source"], money["stage"], money["amount"] / 100, strict=True)) == [
        ("credit", "arrived", 0), ("credit", "arrived", 200000),
        ("donation", "arrived", 10000), ("donation", "arrived", 30000),
        ("special", "arrived", 50000), ("special", "arrived", 100000),
    ]  # fmt: skip
    assert {"fund", "village", "wide_village"} <= {*place.config.forms}
