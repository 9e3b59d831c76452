"""`list` and `table` as somebody at a terminal meets them: names, masks, files, faults."""

from __future__ import annotations

import csv
import io
import stat
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.cli import screens
from povplan.jobs.asking import asked_of
from povplan.jobs.figures import standing_at
from povplan.jobs.listing import name_list
from povplan.jobs.listpage import list_page
from povplan.jobs.tablepage import table_page
from povplan.jobs.tabling import table
from povplan.sheets.page import Cell, Sheet, SumAcross, SumOf, number_in
from povplan.workspace import Workspace
from tests.commands import Answer, Terminal, commit, lay, part, workspace

EAST, WEST = "桥县/东镇/甲村", "桥县/西镇/乙村"
HEAD = "张三"


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    return Terminal(capsys)


def home(entity: str, unit: str = EAST, **values: Any) -> dict[str, Any]:
    village = f"{unit.rsplit('/', 1)[1]}委会"
    return {"entity": entity, "unit": unit, "household_id": entity, "village": village, **values}


@pytest.fixture
def at(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path / "w")
    commit(
        made,
        part(made, "household", 2014, 1, [
            home("h1", persons=4, income=8_000_00, head="李四"),
            home("h2", persons=2, income=9_000_00, head=HEAD),
            home("h3", WEST, persons=6, income=12_000_50, head="王五"),
            home("h4", WEST, persons=None, income=5_000_00, head="赵六"),
        ]),
    )  # fmt: skip
    return made


def words(line: str) -> list[str]:
    return line.split()


# ---- list at the terminal --------------------------------------------------------------------------


def test_a_list_answers_to_labels_and_says_how_many_cannot_be_told(at: Workspace, typed: Terminal) -> None:
    answer = typed(
        "list", "户表", "-w", at.root, "--where", "家庭人口数 >= 3", "--fields", "村,家庭人口数,纯收入"
    )

    assert answer.code == 0
    assert [words(line) for line in answer.out.splitlines()] == [
        ["序号", "村", "家庭人口数", "纯收入"],
        ["1", "甲村", "4", "8,000.00"],
        ["2", "乙村", "6", "12,000.50"],
        ["合计", "10", "20,000.50"],
    ]
    assert answer.err == "共 2 户。\n另有 1 户条件不明（所用的数空白），未列入。\n"


def test_names_and_keys_of_persons_never_reach_the_terminal(at: Workspace, typed: Terminal) -> None:
    shown = ["--fields", "户编号,户主,家庭人口数"]

    answers = [
        typed("list", "household", "-w", at.root, *shown, "--format", form)
        for form in ("table", "json", "csv")
    ]

    for answer in answers:
        assert answer.code == 0
        assert HEAD not in answer.out
        assert "h2" not in answer.out
        assert "***" in answer.out
        assert at.pseudonym("h2") in answer.out


def test_a_list_is_sorted_cut_and_confined_to_a_unit(at: Workspace, typed: Terminal) -> None:
    every = ["--fields", "户主,纯收入", "--sort", "-纯收入", "--format", "json"]

    first = typed("list", "household", "-w", at.root, *every, "--limit", "2").json
    west = typed("list", "household", "-w", at.root, *every, "--unit", "西镇").json

    assert [row["income"] for row in first["rows"]] == [12000.5, 9000.0]
    assert (first["matched"], first["totals"]) == (4, {"income": 34000.5})
    assert [row["income"] for row in west["rows"]] == [12000.5, 5000.0]
    assert west["unit"] == "桥县/西镇"


def test_a_list_that_was_cut_has_the_total_of_all_and_says_so(at: Workspace, typed: Terminal) -> None:
    answer = typed("list", "户表", "-w", at.root, "--fields", "村,家庭人口数", "--limit", "2")

    assert [words(line) for line in answer.out.splitlines()] == [
        ["序号", "村", "家庭人口数"],
        ["1", "甲村", "4"],
        ["2", "甲村", "2"],
        ["小计", "6"],
        ["合计", "12"],
    ]
    assert answer.err == "共 4 户。\n只列前 2 户：小计是所列的，合计是全部的。\n"


def test_a_list_that_was_cut_and_does_not_fit_the_screen_says_both(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "SHOWN", 1)

    answer = typed("list", "户表", "-w", at.root, "--fields", "村", "--limit", "2")

    assert [words(line)[0] for line in answer.out.splitlines()] == ["序号", "1"]
    assert answer.err == ("共 4 户。\n只列前 2 户。\n屏幕上到第 1 行为止。其余的，命令后加：-o 名单.xlsx\n")


def test_json_of_a_list_is_one_object_with_what_was_asked(at: Workspace, typed: Terminal) -> None:
    asked = ["--where", "persons > 5", "--fields", "persons", "--format", "json"]

    answer = typed("list", "household", "-w", at.root, *asked)

    assert answer.json == {
        "batch": 1,
        "year": 2014,
        "ledger": "household",
        "unit": None,
        "where": "persons > 5",
        "missing": [],
        "matched": 1,
        "unknown": 1,
        "fields": [{"id": "persons", "label_zh": "家庭人口数", "label_en": "Persons", "in": "人"}],
        "rows": [{"entity": at.pseudonym("h3"), "unit": WEST, "persons": 6}],
        "totals": {"persons": 6},
    }


def test_villages_that_have_not_reported_are_named(at: Workspace, typed: Terminal) -> None:
    commit(at, part(at, "household", 2015, 2, [home("h1", persons=4)]))

    every = typed("list", "household", "-w", at.root, "--fields", "村", "--year", "2015")
    east = typed("table", "household", "-w", at.root, "--rows", "村", "--year", "2015", "--unit", "东镇")

    assert "1 个村没有上报，不在其中：西镇/乙村。" in every.err
    assert "没有上报" not in east.err


def test_what_does_not_fit_the_screen_is_named(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("povplan.cli.fitting.PIPE_WIDTH", 30)

    answer = typed("list", "household", "-w", at.root, "--fields", "村,家庭人口数,纯收入,建档日期")

    assert words(answer.out.splitlines()[0]) == ["序号", "村", "家庭人口数"]
    assert "未列：纯收入、建档日期" in answer.err


def test_no_row_is_said_and_is_no_failure(at: Workspace, typed: Terminal) -> None:
    answer = typed("list", "household", "-w", at.root, "--where", "income > 99999")

    assert (answer.code, answer.out, answer.err) == (0, "", "没有符合条件的户。\n")


def test_a_table_of_no_row_is_said_once(at: Workspace, typed: Terminal) -> None:
    answer = typed("table", "household", "-w", at.root, "--rows", "乡镇", "--where", "income > 99999")

    assert (answer.code, answer.out, answer.err) == (0, "", "没有符合条件的户。\n")


def test_quiet_keeps_the_words_back(at: Workspace, typed: Terminal) -> None:
    answer = typed("list", "household", "-w", at.root, "-q", "--fields", "村")

    assert answer.err == ""


# ---- the list in a file ----------------------------------------------------------------------------


def cells(path: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    return [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(values_only=True)]


def test_a_workbook_holds_the_list_in_full_for_its_owner_only(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "名单.xlsx"

    answer = typed(
        "list", "户表", "-w", at.root, "--where", "家庭人口数>=2", "--fields", "户主,家庭人口数", "-o", path
    )

    assert answer.code == 0
    assert answer.out == f"{path}\n"
    assert "内部资料" in answer.err
    printed = cells(path)
    assert printed[0] == ["桥县2014年户表名单（家庭人口数不少于2）"]
    assert printed[1] == ["单位：人"]
    assert printed[2:7] == [
        ["序号", "户主姓名", "家庭人口数"],
        [1, "李四", 4],
        [2, "张三", 2],
        [3, "王五", 6],
        ["合计", 12],
    ]
    notes = [line[0] for line in printed[7:]]
    assert "数据：2014年，入库批次 1。" in notes
    assert "另有 1 户条件不明（所用的数空白），未列入。" in notes
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.left.text == "内部资料　含个人信息，不得外传"
    assert sheet["C7"].value == "=SUM(C4:C6)"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_masked_workbook_names_nobody(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"

    answer = typed("list", "户表", "-w", at.root, "--fields", "户编号,户主", "-o", path, "--mask")

    shown = str(cells(path))
    assert HEAD not in shown
    assert "'h2'" not in shown
    assert "内部资料" not in shown + answer.err


def test_rows_with_a_doubt_are_marked_on_paper(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    commit(at, part(at, "household", 2014, 2, [home("h1", persons=1, income=99_000_00, head="李四")]))
    path = tmp_path / "a.xlsx"

    typed(
        "list", "户表", "-w", at.root, "--unit", "东镇", "--fields", "户主", "-o", path, "--title", "低收入户"
    )

    printed = cells(path)
    assert printed[0] == ["低收入户"]
    assert printed[1:3] == [["序号", "户主姓名", "备注"], [1, "李四", "有疑点"]]


def test_a_csv_file_is_masked_unless_asked_for_in_full(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    masked, full = tmp_path / "a.csv", tmp_path / "b.csv"
    asked = ["list", "户表", "-w", at.root, "--fields", "户主,家庭人口数", "--unit", "东镇"]

    typed(*asked, "-o", masked)
    answer = typed(*asked, "-o", full, "--full")

    assert read(masked) == [["户主姓名", "家庭人口数"], ["***", "4"], ["***", "2"]]
    assert read(full) == [["户主姓名", "家庭人口数"], ["李四", "4"], ["张三", "2"]]
    assert "内部资料" in answer.err
    if sys.platform != "win32":
        assert stat.S_IMODE(full.stat().st_mode) == 0o600


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.mark.parametrize("more", [["--full"], ["--full", "--format", "json"], ["--full", "--format", "csv"]])
def test_persons_in_full_go_to_no_screen(at: Workspace, typed: Terminal, more: list[str]) -> None:
    answer = typed("list", "household", "-w", at.root, *more)

    assert (answer.code, answer.out) == (2, "")
    assert "--full" in answer.err


# ---- the cross-tab ---------------------------------------------------------------------------------


def test_a_table_has_totals_from_rows_and_says_what_was_left_out(at: Workspace, typed: Terminal) -> None:
    answer = typed("table", "户表", "-w", at.root, "--rows", "乡镇", "--value", "sum(纯收入)/sum(家庭人口数)")

    assert [words(line) for line in answer.out.splitlines()] == [
        ["纯收入合计", "÷"],
        ["乡镇", "家庭人口数合计"],
        ["东镇", "2,833.33"],
        ["西镇", "2,000.08"],
        ["合计", "2,416.71"],
    ]
    assert answer.err.splitlines() == [
        "桥县2014年户表按乡镇分的纯收入合计 ÷ 家庭人口数合计",
        "共 4 户。",
        "其中 1 户缺少所需的数，未计入统计量。",
        "合计由各行数据直接算出，不是各格相加或平均。",
    ]


def test_a_mean_of_ratios_is_warned_of_and_a_median_is_not(
    typed: Terminal, tmp_path: Path, at: Workspace
) -> None:
    path = at.root / "configs/profiles/small/ledgers/household.yaml"
    lay(path, path.read_text(encoding="utf-8").replace("kind: flow}", "kind: flow, additive: false}"))

    said = {
        value: typed("table", "户表", "-w", at.root, "--rows", "乡镇", "--value", value).err
        for value in ("mean(纯收入)", "sum( income )", "median(纯收入)", "sum(纯收入 * 家庭人口数)")
    }

    assert ["“纯收入”是人均数或比率" in err for err in said.values()] == [True, True, False, False]


def test_bands_and_shares_add_up_to_one_hundred(at: Workspace, typed: Terminal) -> None:
    answer = typed(
        "table", "household", "-w", at.root, "--rows", "village", "--cols", "persons", "--bands", "3,5",
        "--percent", "row",
    )  # fmt: skip

    assert [words(line) for line in answer.out.splitlines()] == [
        ["村", "3以下", "3～5", "5及以上", "不详", "合计"],
        ["甲村", "50.0%", "50.0%", "—", "—", "100.0%"],
        ["乙村", "—", "—", "50.0%", "50.0%", "100.0%"],
        ["合计", "25.0%", "25.0%", "25.0%", "25.0%", "100.0%"],
    ]


def test_json_of_a_table_has_a_cell_for_each_pair(at: Workspace, typed: Terminal) -> None:
    found = typed(
        "table",
        "household",
        "-w",
        at.root,
        "--rows",
        "township",
        "--where",
        "persons > 3",
        "--format",
        "json",
    ).json

    assert {name: found[name] for name in ("ledger", "value", "in", "matched", "unknown", "cols")} == {
        "ledger": "household",
        "value": "count()",
        "in": "户",
        "matched": 2,
        "unknown": 1,
        "cols": None,
    }
    assert [(line["kind"], line["labels_en"]) for line in found["lines"]] == [
        ("category", ["东镇"]),
        ("category", ["西镇"]),
        ("total", ["Total"]),
    ]
    assert [(cell["line"], cell["column"], cell["value"], cell["n"]) for cell in found["cells"]] == [
        (0, 0, 1.0, 1),
        (1, 0, 1.0, 1),
        (2, 0, 2.0, 2),
    ]


def test_a_table_is_printed_with_title_unit_and_notes(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"

    answer = typed("table", "户表", "-w", at.root, "--rows", "乡镇,村", "--value", "sum(纯收入)", "-o", path)

    assert answer.code == 0
    assert cells(path)[:8] == [
        ["桥县2014年户表按乡镇、村分的纯收入合计"],
        ["单位：元"],
        ["乡镇", "村", "纯收入合计"],
        ["东镇", "甲村", 17000],
        ["东镇", "小计", 17000],
        ["西镇", "乙村", 17000.5],
        ["西镇", "小计", 17000.5],
        ["合计", 34000.5],
    ]


def test_a_wide_table_is_shown_in_pieces(
    at: Workspace, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("povplan.cli.fitting.PIPE_WIDTH", 28)

    answer = typed("table", "household", "-w", at.root, "--rows", "乡镇", "--cols", "家庭人口数")

    totals = [words(line) for line in answer.out.splitlines() if line.startswith("合计")]
    assert totals == [["合计", "1", "1", "1"], ["合计", "1", "4"]]


def adding_up(sheet: Sheet) -> list[tuple[Any, Any]]:
    """Each figure that is a live sum, and the sum of the cells it names; those of no rows add nothing."""
    (page,) = sheet.tables
    pairs: list[tuple[Any, Any]] = []
    for row in page.rows:
        for at, cell in enumerate(row.cells):
            live = cell.live if isinstance(cell, Cell) else None
            if isinstance(live, SumOf):
                added = [number_in(page.rows[k].cells[at]) for k in live.rows]
            elif isinstance(live, SumAcross):
                added = [number_in(row.cells[k]) for k in live.columns]
            else:
                continue
            pairs.append((number_in(cell), pytest.approx(sum(added))))
    return pairs


@pytest.mark.parametrize("share", [None, "row", "col", "all"])
def test_what_is_printed_as_a_sum_is_the_sum_of_its_cells(at: Workspace, share: Any) -> None:
    asked = asked_of(standing_at(at), 2014, "户表")

    found = table(asked, "乡镇,村", "家庭人口数", "sum(纯收入)", ["3,5"], share)

    pairs = adding_up(table_page(found, "zh"))
    assert [value for value, _ in pairs] == [total for _, total in pairs]
    assert len(pairs) >= 5


def test_the_total_of_a_list_is_the_sum_of_its_column(at: Workspace) -> None:
    page = list_page(name_list(asked_of(standing_at(at), 2014, "户表"), "村,家庭人口数,纯收入"), "zh")

    pairs = adding_up(page)

    assert [value for value, _ in pairs] == [12, 34000.5]
    assert [total for _, total in pairs] == [12, 34000.5]


def test_only_the_subtotal_of_a_list_that_was_cut_is_the_sum_of_its_column(at: Workspace) -> None:
    page = list_page(name_list(asked_of(standing_at(at), 2014, "户表"), "家庭人口数,纯收入", limit=2), "zh")

    assert adding_up(page) == [(6, 6), (17000, 17000)]
    assert [getattr(cell, "value", cell) for cell in page.tables[0].rows[-1].cells] == ["合计", 12, 34000.5]
    assert "只列前 2 户：小计是所列的，合计是全部的。" in str(page)


def test_figures_that_do_not_add_up_are_no_sums(at: Workspace) -> None:
    found = table(asked_of(standing_at(at), 2014, "户表"), "乡镇", "家庭人口数", "median(纯收入)")

    assert adding_up(table_page(found, "zh")) == []


# ---- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words_typed", "said"),
    [
        (["list", "农户"], "没有台账“农户”"),
        (["list", "户表", "--fields", "户主姓铭"], "是不是“户主姓名”"),
        (["list", "户表", "--sort", "-收人"], "没有字段“收人”"),
        (["list", "户表", "--unit", "东振"], "是不是“东镇”"),
        (["list", "户表", "--year", "2011"], "没有 2011 年"),
        (["list", "户表", "--where", "家庭人口数"], "--where 应是一个条件"),
        (["list", "户表", "--where", "家庭人口数 => 3"], "    家庭人口数 => 3\n    　　　　　 ^"),
        (["list", "户表", "--where", "婚否 == 1"], "没有字段“婚否”"),
        (["table", "户表", "--rows", "乡镇", "--where", "村 = '甲村'"], "相等写作 =="),
        (["list", "村表"], "“村表”没有 2014 年的数据"),
        (["table", "户表", "--rows", "户主姓名"], "个人信息"),
        (["table", "户表", "--rows", "乡镇,村,户编号"], "个人信息"),
        (["table", "户表", "--rows", "乡镇,村,家庭人口数"], "--rows 写一个字段"),
        (["table", "户表", "--rows", "乡镇", "--value", "sum(户主姓名)"], "--value 第 5 个字符"),
        (["table", "户表", "--rows", "乡镇", "--value", "纯收入"], "要放在 sum"),
        (["table", "户表", "--rows", "乡镇", "--value", "median(纯收入)", "--percent", "row"], "不能相加"),
        (["table", "户表", "--rows", "乡镇", "--bands", "1,2"], "不清楚给哪个字段分档"),
        (["table", "户表", "--rows", "纯收入", "--bands", "9,2"], "从小到大"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    at: Workspace, typed: Terminal, words_typed: list[str], said: str
) -> None:
    answer = typed(*words_typed, "-w", at.root)

    assert answer.code in (2, 3)
    assert answer.out == ""
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_number_with_many_values_is_told_how_to_be_banded(at: Workspace, typed: Terminal) -> None:
    many = [home(f"h{k}", persons=1 + k % 29, income=k * 100) for k in range(70)]
    commit(at, part(at, "household", 2014, 2, many))

    bare, banded, few = (
        typed("table", "household", "-w", at.root, "--rows", *asked)
        for asked in (["纯收入"], ["纯收入", "--bands", "纯收入=0,40"], ["家庭人口数"])
    )

    assert "“纯收入”的值超过 30 个，一个值一组；要分档，命令后加：--bands 纯收入=0,4000,8000" in bare.err
    assert [answer.code for answer in (bare, banded, few)] == [0, 0, 0]
    assert "一个值一组" not in banded.err + few.err


def test_sixty_columns_are_too_many(at: Workspace, typed: Terminal) -> None:
    many = [home(f"h{k}", persons=1 + k % 29, income=k * 100) for k in range(70)]
    commit(at, part(at, "household", 2014, 2, many))

    answer = typed("table", "household", "-w", at.root, "--rows", "乡镇", "--cols", "纯收入")

    assert answer.code == 2
    assert "超过 60 个" in answer.err


def test_a_ledger_without_a_row_answers_three(tmp_path: Path, typed: Terminal) -> None:
    empty = workspace(tmp_path / "w")

    assert typed("list", "household", "-w", empty.root).code == 3
    assert typed("table", "household", "-w", empty.root, "--rows", "village").code == 3


def test_a_place_that_cannot_be_written_is_one_sentence(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    def into(path: Path, *more: str) -> Answer:
        return typed("list", "household", "-w", at.root, "-o", path, *more)

    nowhere = tmp_path / "none"
    answers = [into(nowhere / "a.xlsx"), into(nowhere / "a.csv", "--full"), into(nowhere / "a.csv")]
    own = into(at.root / "ledger" / "a.xlsx")

    assert [answer.code for answer in answers] == [2, 2, 2]
    assert all("写不进" in answer.err for answer in answers)
    assert (own.code, "工作区自己的文件" in own.err) == (2, True)


def test_both_commands_say_what_they_do(typed: Terminal) -> None:
    for command in ("list", "table"):
        assert "例 Example" in typed(command, "--help").out


def test_english_is_spoken(at: Workspace, typed: Terminal) -> None:
    answer = typed("table", "household", "-w", at.root, "--rows", "village", lang="en")

    assert [words(line) for line in answer.out.splitlines()] == [
        ["村", "Households"],
        ["甲村", "2"],
        ["乙村", "2"],
        ["Total", "4"],
    ]
    assert answer.err.startswith("Households of 桥县, 2014: Households by 村\n")


def test_no_temporary_file_is_left(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    typed("list", "household", "-w", at.root, "-o", folder / "a.xlsx")
    typed("list", "household", "-w", at.root, "-o", folder / "a.csv", "--full")

    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "a.xlsx"]
