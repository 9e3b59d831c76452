"""`look` says of a folder what each file is, who reported, whether totals agree and what is doubtful."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from rich.cells import cell_len

from povplan.cli.looking import print_looked
from povplan.cli.page import Page, shortened
from povplan.config import load_config, profiles
from povplan.excel.workers import Reader, starting
from povplan.jobs.checking import Findings
from povplan.jobs.looking import Question, definitions, labelled, look
from povplan.jobs.passing import county_of
from povplan.jobs.submissions import Submitted
from tests.commands import Answer, Terminal
from tests.counties import FIXTURES, quiet
from tests.counties import workspace as of_guangzhou

SAMPLE = Path(__file__).parents[1] / "sample_data"
VILLAGES = """
    年份  乡镇  行政村  总户数  总人口数
    2024  河镇  桥头村    310    1200
    2024  河镇  山口村    280     950
    2024  岭乡  石门村    190     640
"""
HOUSEHOLDS = """
    年份  乡镇  行政村  户编号  户主姓名  家庭人口数  年纯收入
    2024  河镇  桥头村  99001   样本甲         3     30000
    2024  河镇  桥头村  99002   样本乙         2     21000
    2024  河镇  山口村  99003   样本丙         4     16000
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Far from any workspace."""
    monkeypatch.setattr("povplan.jobs.looking.load_config", cache(load_config))
    monkeypatch.delenv("POVPLAN_WORKSPACE", raising=False)
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is doubted: for what does not depend on it."""
    monkeypatch.setattr(
        "povplan.jobs.passing.checked", lambda before, gathered: (before, Findings.none(), gathered)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files of a test lie; its name says no year."""
    made = tmp_path / "报表"
    made.mkdir()
    return made


def sheet(path: Path, drawing: str, title: str = "", *, total: bool = False, hide: int = 0) -> Path:
    """A workbook of one sheet: a title, a header, the rows drawn; `total` adds 合计, `hide` hides a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "表"
    if title:
        page.append([title])
    header, *lines = [line.split() for line in drawing.strip().splitlines()]
    rows = [[_value(text) for text in line] for line in lines]
    for row in [header, *rows]:
        page.append(row)
    if total:
        sums = [sum(column) if isinstance(column[0], int) else None for column in zip(*rows, strict=True)]
        page.append([None, "合计", None, *sums[3:]])
    if hide:
        page.row_dimensions[hide].hidden = True
    book.save(path)
    return path


def _value(text: str) -> Any:
    return int(text) if text.isdigit() and not text.startswith("99") else text


def seen(answer: Answer) -> list[tuple[Any, ...]]:
    """(file, what, form, years, rows, units, totals) of every sheet."""
    return [
        (
            one["file"], one["what"], one["form"], one["years"], one["rows"], one["units"],
            f"{one['totals']['agreeing']}/{one['totals']['printed']}",
        )
        for one in answer.json["files"]
    ]  # fmt: skip


def turnout(answer: Answer) -> dict[tuple[str, int | None], tuple[int, list[str] | None]]:
    """(ledger, year) → (villages that reported, those that did not)."""
    return {(one["ledger"], one["year"]): (one["reported"], one["missing"]) for one in answer.json["turnout"]}


def doubts(answer: Answer) -> set[tuple[str, str, str | None]]:
    """(rule, file, cell) of the first finding of each rule."""
    return {(one["rule"], one["file"], one["cell"]) for one in answer.json["doubts"]}


# ---- what is there ---------------------------------------------------------------------------------


def test_a_folder_is_told_file_by_file_and_unit_by_unit(typed: Terminal, folder: Path) -> None:
    sheet(folder / "村.xlsx", VILLAGES, "示例县2024年行政村基础台账", total=True)
    sheet(folder / "户.xlsx", HOUSEHOLDS, "示例县河镇2024年农户基础台账", hide=4)

    answer = typed("look", folder, "-f", "json", "--fail-on", "never")

    assert answer.code == 0
    assert seen(answer) == [
        ("户.xlsx", "table", "农户基础台账", [2024], 3, 2, "0/0"),
        ("村.xlsx", "table", "行政村基础台账", [2024], 3, 3, "2/2"),
    ]
    assert [one["hidden_rows"] for one in answer.json["files"]] == [1, 0]
    assert answer.json["units"] == [
        {
            "profile": "default",
            "from": "files",
            "villages": ["示例县/河镇/桥头村", "示例县/河镇/山口村", "示例县/岭乡/石门村"],
        }
    ]
    assert turnout(answer) == {
        ("village", 2024): (3, []),
        ("household", 2024): (2, ["示例县/岭乡/石门村"]),
    }
    assert answer.json["next"] == f"povplan init 示例县 --profile default --county 示例县 --from {folder}"


def test_a_total_that_does_not_add_up_is_counted_and_named(typed: Terminal, folder: Path) -> None:
    path = sheet(folder / "村.xlsx", VILLAGES, "2024年", total=True)
    book = openpyxl.load_workbook(path)
    book["表"]["E6"] = 2791
    book.save(path)

    answer = typed("look", folder, "-f", "json")

    assert [one[-1] for one in seen(answer)] == ["1/2"]
    assert ("total_differs", "村.xlsx", "E6") in doubts(answer)


def test_a_village_in_two_files_is_said_with_both(typed: Terminal, folder: Path) -> None:
    sheet(folder / "a.xlsx", HOUSEHOLDS)
    sheet(folder / "b.xlsx", "\n".join(HOUSEHOLDS.splitlines()[:3]).replace("30000", "30001"))

    answer = typed("look", folder, "-f", "json")

    (line,) = answer.json["turnout"]
    assert line["twice"] == [{"unit": "本县/河镇/桥头村", "files": ["a.xlsx", "b.xlsx"]}]
    assert "duplicate_key" in {rule for rule, _, _ in doubts(answer)}


def test_a_file_of_one_name_in_two_folders_is_told_by_its_folder(folder: Path) -> None:
    files = [Submitted(folder / name, name) for name in ("河镇/户.xlsx", "岭乡/户.xlsx", "村.xlsx")]

    assert list(labelled(files).values()) == ["村.xlsx", "河镇/户.xlsx", "岭乡/户.xlsx"]


@pytest.mark.usefixtures("unchecked")
def test_what_is_left_out_has_a_word_each(typed: Terminal, folder: Path) -> None:
    sheet(folder / "a.xlsx", HOUSEHOLDS)
    (folder / "副本.xlsx").write_bytes((folder / "a.xlsx").read_bytes())
    sheet(folder / "空白.xlsx", HOUSEHOLDS.strip().splitlines()[0])
    sheet(folder / "其他.xlsx", "菜名  单价\n  白菜  3")
    (folder / "~$a.xlsx").write_bytes(b"x")
    (folder / "扫描.pdf").write_bytes(b"%PDF-1.4")

    answer = typed("look", folder)

    assert answer.code == 1
    assert "空白.xlsx  农户基础台账        空白表样" in answer.out
    told = answer.out.split("没有读的，和要留意的\n")[1].split("\n\n")[0].splitlines()
    assert told == [
        "  其他.xlsx：不是认得的表式，没有读",
        "  扫描.pdf：这是 PDF 文件，读不出表格。请报送单位提供原始的 Excel 表。",
        "  ~$a.xlsx 是 Excel/WPS 打开文件时的临时文件，已跳过。",
        "  副本.xlsx 与 a.xlsx 内容相同，只读一次。",
    ]


@pytest.mark.usefixtures("unchecked")
def test_members_that_name_no_village_live_where_their_household_does(typed: Terminal, folder: Path) -> None:
    members = "户编号  人口编号  姓名  性别\n 99001  991  样本一  男\n 99003  992  样本二  女"
    sheet(folder / "户.xlsx", HOUSEHOLDS)
    sheet(folder / "人.xlsx", members, "2024年家庭成员台账")

    answer = typed("look", folder, "-f", "json")

    assert turnout(answer)["member", 2024] == (2, [])


# ---- years -----------------------------------------------------------------------------------------


UNDATED = "\n".join(line.replace("年份", "").replace("2024", "") for line in HOUSEHOLDS.splitlines())


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("place", "title", "drawing", "years"),
    [
        ("户.xlsx", "", HOUSEHOLDS, [2024]),
        ("户.xlsx", "河镇2023年农户台账", UNDATED, [2023]),
        ("2022/户.xlsx", "", UNDATED, [2022]),
        ("2022年上报/河镇/户.xlsx", "", UNDATED, [2022]),
        ("2022/户.xlsx", "河镇2023年农户台账", UNDATED, [2023]),
        ("2022/户.xlsx", "", HOUSEHOLDS, [2024]),
        ("户.xlsx", "2023—2024年", HOUSEHOLDS.replace("2024", "2023", 1), [2023, 2024]),
        ("户2021.xlsx", "", UNDATED, []),
    ],
)
def test_the_year_is_what_rows_title_or_folder_say(
    typed: Terminal, folder: Path, place: str, title: str, drawing: str, years: list[int]
) -> None:
    sheet(folder / place, drawing, title)

    answer = typed("look", folder, "-f", "json")

    assert [one["years"] for one in answer.json["files"]] == [years]
    assert (answer.json["assumed_year"] is None) == bool(years)
    assert [one["year"] for one in answer.json["turnout"] if one["year"]] == years


def test_a_row_of_another_year_than_nearly_all_is_a_slip(typed: Terminal, folder: Path) -> None:
    header, _, row, *_ = HOUSEHOLDS.strip().splitlines()
    rows = [row.replace("99002", str(99100 + number)) for number in range(12)]
    rows[0] = rows[0].replace("2024", "2023")
    sheet(folder / "户.xlsx", "\n".join([header, *rows]), "2024年农户台账")

    answer = typed("look", folder, "-f", "json")

    assert [one["years"] for one in answer.json["files"]] == [[2024]]
    assert ("year_differs", "户.xlsx", "A3") in doubts(answer)


@pytest.mark.usefixtures("unchecked")
def test_the_year_given_counts_and_nobody_is_said_not_to_have_said_it(typed: Terminal, folder: Path) -> None:
    sheet(folder / "户.xlsx", UNDATED)

    without, given = typed("look", folder), typed("look", folder, "--year", 2024)

    assert "有的表没有写年份（?），暂按" in without.out
    assert "没有写年份" not in given.out
    assert "2024" in given.out


def test_years_of_one_folder_are_each_other_s_years_before(typed: Terminal, folder: Path) -> None:
    for year, status in ((2023, "未脱贫"), (2024, "返贫")):
        row = f"{year} 河镇 桥头村 99001 样本甲 3 {status}"
        sheet(
            folder / str(year) / f"{year}.xlsx",
            f"年份 乡镇 行政村 户编号 户主姓名 家庭人口数 脱贫状态\n{row}",
        )

    answer = typed("look", folder, "-f", "json")

    assert ("H134", "2024.xlsx", "G2") in doubts(answer)


# ---- whose definitions, whose units ----------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
def test_a_workspace_s_list_says_who_ought_to_report(
    typed: Terminal, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = of_guangzhou(tmp_path / "县", "default", "county: {name: 示例县}\n").root
    lines = ["代码,县,乡镇,村", ",,河镇,桥头村", ",,河镇,山口村", ",,岭乡,石门村", ",,岭乡,白云村"]
    (at / "units.csv").write_text("\n".join(lines), encoding="utf-8")
    sheet(folder / "户.xlsx", HOUSEHOLDS)
    before = sorted(at.rglob("*"))

    named = typed("look", folder, "-w", at)
    monkeypatch.chdir(at)
    found = typed("look", folder, "-f", "json")

    assert "按工作区的名单或台账" in named.out
    assert "农户基础台账 2024 岭乡：全部 2 个村" in named.out
    assert turnout(found) == {("household", 2024): (2, ["示例县/岭乡/石门村", "示例县/岭乡/白云村"])}
    assert found.json["next"] == f"povplan update -w {at} --year 2024 {folder}"
    assert sorted(at.rglob("*")) == before


def test_a_list_of_units_reports_for_no_village(typed: Terminal, folder: Path) -> None:
    names = "县,乡镇,村\n示例县,河镇,桥头村\n示例县,岭乡,石门村\n"
    (folder / "units.csv").write_text("代码,县,乡镇,村,别名\n1,示例县,岭乡,白云村,\n", encoding="utf-8-sig")
    (folder / "名单.csv").write_text(names, encoding="utf-8")
    sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder, "-f", "json")

    assert turnout(answer) == {("household", 2024): (2, [])}
    told = typed("look", folder)
    assert "units.csv 是单位名单，不是台账，已跳过" in told.out
    assert "名单.csv：工作表“名单”只写了有哪些单位（县、乡镇、村），没有一栏数据，不是台账。" in told.out


def test_only_a_list_of_units_is_one_sentence(typed: Terminal, folder: Path) -> None:
    (folder / "units.csv").write_text("县,乡镇,村\n示例县,岭乡,白云村\n", encoding="utf-8")

    answer = typed("look", folder)

    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith(f"{folder} 里只有单位名单 units.csv，没有台账。")


def test_a_profile_named_is_the_only_one_tried(typed: Terminal, folder: Path) -> None:
    sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder, "--profile", "guangzhou-2011")

    assert (answer.code, "不是认得的表式" in answer.out) == (3, True)


@pytest.mark.parametrize(
    ("title", "county"),
    [
        ("清河县2024年行政村基础台账", "清河县"),
        ("清河县东岭镇2024年农户基础台账", "清河县"),
        ("孝感市孝南区祝站镇 2023年度户情", "孝南区"),
        ("贫困地区农户台账", None),
        ("2024年清河县台账", None),
        ("农户台账", None),
    ],
)
def test_a_county_is_known_by_the_title_that_begins_with_it(title: str, county: str | None) -> None:
    assert county_of(title, load_config("default").words) == county


# ---- what is shown ---------------------------------------------------------------------------------


def test_no_person_is_shown(typed: Terminal, folder: Path) -> None:
    sheet(folder / "户.xlsx", HOUSEHOLDS.replace("30000", "三万"))

    for form in ("table", "json"):
        answer = typed("look", folder, "-f", form)
        for secret in ("样本甲", "99001", "三万"):
            assert secret not in answer.out + answer.err


@pytest.mark.usefixtures("unchecked")
def test_every_line_fits_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        name = f"{'示例县河镇二〇二四年度' * 3}农户基础台账（最终版{number}）.xlsx"
        sheet(folder / name, HOUSEHOLDS.replace("30000", str(30000 + number)))
    sheet(folder / "其他.xlsx", VILLAGES.replace("行政村", "村别"))
    looked = look(Question([folder], definitions(None, None, profiles())), 2023, quiet)

    for width in (80, 100, 120):
        for lang in ("zh", "en"):
            print_looked(looked, Page(lang, width))
            lines = capsys.readouterr().out.splitlines()
            assert max(cell_len(line.rstrip()) for line in lines) <= width
            assert any("…" in line for line in lines)


def test_a_name_never_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page("zh", None)

    page.line("a\x1b[31m\nb.xlsx")
    page.table(pd.DataFrame({"file": ["a\x1b[2J\r.xlsx"]}), shorten="file")

    out = capsys.readouterr().out
    assert out.splitlines()[0] == "a [31m b.xlsx"
    assert "\x1b[2J" not in out
    assert "\r" not in out


def test_a_long_name_keeps_both_ends() -> None:
    assert shortened("东岭镇2024年农户成员台账.xlsx", 20) == "东岭镇202…台账.xlsx"
    assert shortened("户.xlsx", 20) == "户.xlsx"


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_table_goes_to_a_file(typed: Terminal, folder: Path, tmp_path: Path, ending: str) -> None:
    sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder, "-o", tmp_path / f"out.{ending}", "-q")

    assert (answer.code, answer.err) == (0, "")
    assert "户.xlsx".encode() in (tmp_path / f"out.{ending}").read_bytes() or ending == "xlsx"


# ---- exit codes and bad input ----------------------------------------------------------------------


def test_the_exit_code_says_how_grave_it_is(typed: Terminal, folder: Path) -> None:
    sheet(folder / "户.xlsx", HOUSEHOLDS.replace("样本甲", "/"))  # the head's name is required: an error

    assert typed("look", folder).code == 1


@pytest.mark.parametrize(
    ("lay", "code", "said"),
    [
        (None, 2, "没有找到 {path}。请核对路径；整个文件夹也可以直接给出。"),
        ([], 3, "文件夹 {path} 里没有文件。"),
        (["~$a.xlsx", ".~lock.b#"], 3, "{path} 里只有打开文件时留下的临时文件。请看表是不是放在别处。"),
        (["a.pdf"], 3, "{path}：没有一张认得的表。请核对是不是放错了地方，或先为这种表写一个表式。"),
    ],
)  # fmt: skip
def test_a_folder_without_a_table_is_one_sentence(
    typed: Terminal, tmp_path: Path, lay: list[str] | None, code: int, said: str
) -> None:
    path = tmp_path / "夹"
    if lay is not None:
        path.mkdir()
        for name in lay:
            (path / name).write_bytes(b"%PDF-1.4")

    answer = typed("look", path)

    assert (answer.code, answer.err) == (code, said.format(path=path) + "\n")


def test_a_form_that_a_sheet_is_nearly_is_called_by_its_name_in_either_language(
    typed: Terminal, folder: Path
) -> None:
    sheet(folder / "户.xlsx", "乡镇 行政村 户号 户主 甲 乙 丙 丁 戊\n东岭镇 甲子村 H1 样本一 1 2 3 4 5")

    chinese, english = (typed("look", folder, lang=lang).out for lang in ("zh", "en"))

    assert "只有 4 栏属于“农户基础台账”" in chinese
    assert "belong to the form Household ledger" in " ".join(english.split())


def test_ledgers_with_headers_of_their_own_are_to_be_learned(typed: Terminal, folder: Path) -> None:
    sheet(folder / "村.xlsx", "所在地 总人口多少\n甲子村 300")

    answer = typed("look", folder)

    assert answer.code == 3
    (last,) = answer.err.splitlines()[-1:]
    assert last.endswith(f"逐栏认一遍：povplan init 工作区 --from {folder}")


def test_an_impossible_year_is_one_sentence(typed: Terminal, folder: Path) -> None:
    sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder, "--year", 24)

    assert (answer.code, answer.out, answer.err) == (2, "", "24 不像年份。例如：--year 2024\n")


def test_the_output_may_not_be_a_file_looked_at(typed: Terminal, folder: Path) -> None:
    path = sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder, "-o", path)

    assert answer.code == 2
    assert answer.err.startswith(f"{path} 是送来的文件")


def fails(path: Path, plans: object) -> None:
    raise ZeroDivisionError("样本甲")


def test_a_fault_of_ours_costs_the_file_and_leaves_no_trail(
    typed: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("povplan.jobs.looking.best_fitting", fails)
    sheet(folder / "户.xlsx", HOUSEHOLDS)

    answer = typed("look", folder)

    assert answer.code == 3
    assert "户.xlsx：读取时程序出错（ZeroDivisionError）" in answer.out
    assert "样本甲" not in answer.out + answer.err


def test_workers_started_early_read_like_any_and_leave_no_noise(folder: Path) -> None:
    for name in ("a", "b"):
        sheet(folder / f"{name}.xlsx", HOUSEHOLDS.replace("30000", f"3000{ord(name) % 10}"))
    before = sorted(folder.rglob("*"))

    done = subprocess.run(
        [sys.executable, "-m", "povplan", "look", str(folder), "--profile", "default", "--lang", "zh", "-q"],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "")
    assert "同一对象几行不一致" in done.stdout
    assert sorted(folder.rglob("*")) == before


def test_workers_that_nobody_used_end_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    def begin() -> Reader:
        with starting("povplan.grid") as read:
            return read

    begin()

    assert capfd.readouterr().err == ""


def test_a_list_of_persons_is_a_record_of_work_only_where_it_says_when_work_began(
    folder: Path, typed: Terminal, unchecked: None
) -> None:
    head = "年度 行政村 户编号 姓名 证件号码 务工所在地 务工企业名称 月务工收入"
    row = "2024 桥头村 99001 样本甲 11010519491231002X 样本省样本县 样本厂 3000"
    sheet(folder / "名单.xlsx", f"{head}\n{row}")
    sheet(folder / "记录.xlsx", f"{head} 务工开始时间\n{row} 2024年3月1日")

    answer = typed("look", folder, "-f", "json")

    assert {one[0]: one[2] for one in seen(answer)} == {
        "名单.xlsx": "家庭成员台账",
        "记录.xlsx": "务工记录",
    }


# ---- real files ------------------------------------------------------------------------------------


def test_the_sample_county_s_files_are_seen_through(typed: Terminal) -> None:
    answer = typed("look", SAMPLE / "2024", "-f", "json")

    forms = {
        name: [one[2:4] for one in seen(answer) if one[0] == name and one[2]] for name, *_ in seen(answer)
    }
    by_township = [("农户基础台账", [2024]), ("家庭成员台账", [2024])]
    assert forms == {
        "东岭镇2024年农户成员台账.xlsx": by_township,
        "东岭镇2024年务工记录.xlsx": [("务工记录", [2024])],
        "中川乡2024年农户成员台账.xlsx": by_township,
        "西坪镇2024年农户成员台账.xlsx": by_township,
        "清河县2024年变动登记.xlsx": [("变动登记", [2024])],
        "清河县2024年目标任务台账.xlsx": [("目标任务台账", [2024])],
        "清河县2024年群众需求与问题台账.xlsx": [("群众需求与问题台账", [2024])],
        "清河县2024年行政村台账.xlsx": [("行政村基础台账", [2024])],
        "清河县2024年受益台账.xlsx": [("受益台账", [2024])],
        "清河县2024年资金台账.xlsx": [("资金台账", [2024])],
        "清河县2024年项目台账.xlsx": [("项目台账", [2024])],
    }
    assert [one[-1] for one in seen(answer) if one[-1] != "0/0"] == [
        "162/162", "162/162", "1/1", "192/192", "3/3", "162/162",
    ]  # fmt: skip
    assert turnout(answer) == {
        ("village", 2024): (14, ["清河县/中川乡/癸酉村委会"]),
        ("household", 2024): (15, []),
        ("member", 2024): (15, []),
        ("job", 2024): (5, None),
        ("fund", 2024): (13, None),
        ("project", 2024): (13, None),
        ("benefit", 2024): (13, None),
        ("need", 2024): (10, None),
    }
    assert doubts(answer) >= planted(2024)
    assert answer.json["next"].startswith("povplan init 清河县 --profile default --county 清河县 --from ")
    assert answer.code == 1


def planted(year: int) -> set[tuple[str, str, str | None]]:
    """(rule, file, cell) of the faults of a year that show without the year before."""
    with (SAMPLE / "FAULTS.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = [one for one in csv.DictReader(file) if one["year"] == str(year)]
    later = {"missing", "V152_collective", "H134", "P127_card"}
    return {(one["rule"], one["file"], one["cell"]) for one in faults if one["rule"] not in later}


def test_a_total_of_the_sample_that_does_not_add_up_is_seen(typed: Terminal) -> None:
    answer = typed("look", SAMPLE / "2023" / "清河县2023年行政村台账.xlsx", "-f", "json")

    assert [one[-1] for one in seen(answer)] == ["191/192"]
    assert ("total_differs", "清河县2023年行政村台账.xlsx", "I23") in doubts(answer)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="real files are not here")
def test_eighteen_real_forms_are_recognised_or_refused_each_in_a_sentence(typed: Terminal) -> None:
    answer = typed("look", FIXTURES / "village_ledgers", "-f", "json")

    known = {one[0]: one[1:] for one in seen(answer) if one[1] in ("table", "blank")}
    assert known == {
        "gz2011_conghua-206_funds.xls": ("table", "帮扶资金统计表", [], 125, 125, "9/9"),
        "gz2011_conghua-206_monthly.xls": ("table", "月度进度表", [], 125, 125, "57/57"),
        "tmpl_gz_export_report_12_blank.xls": ("blank", "月度进度表", [], 0, 0, "0/0"),
        "tmpl_gz_export_report_3_blank.xls": ("blank", "帮扶资金统计表", [], 0, 0, "0/0"),
        "tmpl_xiaonan_moban.xls": ("blank", "家庭成员台账", [], 0, 0, "0/0"),
        "tmpl_xiaonan_residenceListTemplate.xls": ("blank", "农户基础台账", [], 0, 0, "0/0"),
    }
    others = [one for one in answer.json["files"] if one["what"] == "other"]
    assert len({one["file"] for one in others}) == 12
    assert all(one["message_zh"] and one["message_en"] for one in others)
    (units,) = answer.json["units"]
    assert len(units["villages"]) == 125
    assert len({path.rsplit("/", 1)[1] for path in units["villages"]}) == 124
    assert turnout(answer) == {("village", None): (125, []), ("fund", None): (125, None)}
    assert answer.json["next"].startswith(
        "povplan init 从化市 --profile guangzhou-2011 --county 从化市 --from "
    )
