"""`compare` as somebody at a terminal meets it: groups, sums, masks, the workbook, what is refused."""

from __future__ import annotations

import stat
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.workspace import Workspace
from tests.commands import SMALL, Answer, Terminal, commit, lay, part, workspace

EAST, WEST = "桥县/东镇/甲村", "桥县/西镇/乙村"
ONE, TWO, THREE, FOUR = "11010519491231002X", "440524188001010014", "99060019200508011X", "990600194912310037"
"""Examples of GB 11643 and a made one: nobody's numbers."""
DEFINITIONS = {
    "profile.yaml": SMALL["profile.yaml"]
    .replace("household]", "household, member]")
    .replace("indicators: [small]", "indicators: [small]\n        comparisons: [lists]"),
    "comparisons/lists.yaml": """
        - id: any
          label: {zh: 人员名单, en: Persons}
          with: member
          on: id_card
          number: identity
          name: name
          usual: true
          columns: {id_card: [身份证号], name: [姓名]}
        - id: allowance
          label: {zh: 低保名单, en: Allowance list}
          aliases: [低保对象名单]
          with: member
          on: id_card
          number: identity
          name: name
          columns: {id_card: [身份证号, 残疾证号], name: [低保对象姓名]}
          means: allowance
          hint: {zh: 与民政部门核实, en: Ask civil affairs}
        - id: deaths
          label: {zh: 死亡名单, en: Deaths}
          with: member
          on: id_card
          number: identity
          columns: {id_card: [身份证号]}
          expect: absent
    """,
    "ledgers/member.yaml": """
        ledger: member
        label: {zh: 人表, en: Members}
        level: person
        key: [[person_id], [id_card]]
        fields:
          - {id: person_id, label: 人编号, type: code, person: true}
          - {id: township, label: 乡镇, type: text, place: township}
          - {id: village, label: 行政村, aliases: [村], type: text, place: village}
          - {id: name, label: {zh: 姓名, en: Name}, type: text, person: true}
          - {id: id_card, label: {zh: 证件号码, en: Identity number}, type: code, person: true}
          - {id: sex, label: {zh: 性别, en: Sex}, type: text}
          - {id: wage, label: {zh: 月收入, en: Wage}, type: money, in: 元}
          - {id: allowance, label: {zh: 是否享受低保, en: On allowance}, type: boolean}
    """,
}
PERSONS: list[dict[str, Any]] = [
    {"entity": "p1", "person_id": "p1", "name": "王一", "id_card": ONE, "sex": "男", "allowance": True},
    {"entity": "p2", "person_id": "p2", "name": "王二", "id_card": TWO, "sex": "女", "allowance": False},
    {"entity": "p3", "person_id": "p3", "name": "王三", "id_card": THREE, "sex": "男", "allowance": None},
    {"entity": "p4", "person_id": "p4", "name": "王四", "id_card": FOUR, "sex": "女", "allowance": True},
    {"entity": "p5", "person_id": "p5", "name": "王五", "id_card": None, "sex": "女", "allowance": True},
]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = workspace(tmp_path_factory.mktemp("w"))
    for name, content in DEFINITIONS.items():
        lay(made.root / "configs" / "profiles" / "small" / name, content)
    places = [EAST, EAST, WEST, WEST, WEST]
    rows = [
        {**person, "unit": unit, "township": unit.split("/")[1], "village": unit.split("/")[2]}
        for person, unit in zip(PERSONS, places, strict=True)
    ]
    commit(made, part(made, "member", 2014, 1, rows))
    return made


@pytest.fixture
def typed(at: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal at which the definitions are loaded already, and lists are read in this process."""
    monkeypatch.setenv("POVPLAN_LANG", "zh")
    monkeypatch.setattr(Workspace, "find", lambda given=None: at)
    return Terminal(capsys)


def sent(path: Path, *rows: Sequence[Any], title: str = "桥县低保对象名单") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "名单"
    sheet.append([title])
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


HEAD = ["序号", "低保对象姓名", "身份证号", "性别", "村", "保障金额"]
LIST: list[list[Any]] = [
    HEAD,
    [1, "王 一", ONE.lower(), "男", "甲村", 300],
    [2, "王二", TWO, "男", "甲村", 300],
    [3, "王三", f"{THREE[:6]} {THREE[6:]}42", "男", "乙村", 300],
    [4, "外人", "990600194912310053", "男", "乙村", 300],
    [5, "无号", None, "女", "乙村", 300],
    [6, "旧号", "110105491231002", "女", "乙村", 300],
    [None, "合计", None, None, None, 1800],
]


def compare(typed: Terminal, at: Workspace, path: Path, *more: object) -> Answer:
    return typed("compare", path, "-w", at.root, *more)


def test_a_row_that_shows_how_to_fill_in_is_not_counted_and_that_is_said(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    example = ["例", *LIST[1][1:]]

    answer = compare(
        typed, at, sent(tmp_path / "低保.xlsx", *LIST, example), "--list", "低保对象名单", "-f", "json"
    )

    assert (answer.json["rows"], "填报示例 1 行不计入" in answer.err) == (6, True)


def test_every_row_is_counted_once_and_the_sums_are_printed(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    answer = compare(typed, at, sent(tmp_path / "低保.xlsx", *LIST), "--list", "低保对象名单", "-f", "json")

    assert answer.code == 0, answer.err
    found = answer.json
    assert found["rows"] == 6
    assert found["groups"] == {
        "agree": 1, "conflict": 1, "blank": 1, "theirs_only": 1, "ambiguous": 0, "unusable": 2
    }  # fmt: skip
    assert found["unusable"] == {"blank": 1, "old_number": 1}
    assert found["ours"] == {"expected": 3, "listed": 1, "ours_only": 1, "unusable": 1, "unknown": 1}
    assert found["differing"] == {"means": 1, "sex": 1}
    assert (found["weak"], found["on"], found["compared"]) == (False, ["id_card"], ["village", "name", "sex"])
    assert "名单 6 行 = 一致 1 + 不一致 1 + 台账空白 1 + 台账没有 1 + 未认定 0 + 不能用 2。" in answer.err
    assert "台账应在名单上 3 = 名单上有 1 + 名单没有 1 + 号码不能用 1；另有 1 条件不明。" in answer.err
    assert "合计行 1 行不计入" in answer.err
    assert answer.err.endswith(f"povplan update -w {at.root} 更正后的台账.xlsx\n")


def test_findings_name_the_cell_of_the_list_and_what_is_wrong(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    answer = compare(typed, at, sent(tmp_path / "a.xlsx", *LIST), "--list", "allowance", "-f", "json")

    told = [(one["rule"], one["cell"], one["entity"], one["message_zh"]) for one in answer.json["findings"]]
    second, third, fourth = (at.pseudonym(key) for key in ("p2", "p3", "p4"))
    assert told == [
        ("compare_means", "C4", second, "在“低保名单”上，台账却不是“是否享受低保为是”"),
        ("compare_differs", "D4", second, "性别不一致：名单 男，台账 女"),
        ("compare_blank", "C5", third, "在“低保名单”上，台账空白，不知是否“是否享受低保为是”"),
        ("compare_theirs_only", "C6", None, "“低保名单”上有，台账没有"),
        ("compare_ours_only", None, fourth, "台账中应在“低保名单”上的，名单没有"),
        ("compare_unusable", "C7", None, "不能比对：号码（或姓名、村）空白"),
        ("compare_unusable", "C8", None, told[-1][3]),
    ]
    assert "15 位旧号" in told[-1][3]
    assert len({one["number"] for one in answer.json["findings"]}) == 7
    assert answer.json["findings"][0]["hint_zh"] == "与民政部门核实"


def test_names_and_numbers_never_reach_the_terminal(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    path = sent(tmp_path / "a.xlsx", *[*LIST[:2], [2, "王错", TWO, "男", "甲村", 1], *LIST[3:]])

    for form in ("table", "json", "csv"):
        answer = compare(typed, at, path, "--list", "allowance", "-f", form)
        assert answer.code == 0
        for secret in ("王", ONE, TWO, THREE, FOUR, "p2", "外人", "110105"):
            assert secret not in answer.out + answer.err
        assert "姓名不一致：名单 ***，台账 ***" in answer.out


def test_the_workbook_has_all_in_full_and_is_the_owners_only(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    path = sent(tmp_path / "a.xlsx", *LIST)
    before = path.read_bytes()

    answer = compare(typed, at, path, "--list", "allowance", "-o", tmp_path / "结果.xlsx")

    assert answer.code == 0, answer.err
    assert path.read_bytes() == before
    assert sys.platform == "win32" or stat.S_IMODE((tmp_path / "结果.xlsx").stat().st_mode) == 0o600
    book = openpyxl.load_workbook(tmp_path / "结果.xlsx")
    assert book.sheetnames == [
        "比对说明", "两边都有不一致", "两边都有台账空白", "台账有名单没有", "名单有台账没有", "号码不能用",
        "两边都有一致",
    ]  # fmt: skip
    cells = {name: [[c.value for c in row] for row in book[name].iter_rows()] for name in book.sheetnames}
    (sex,) = [row for row in cells["两边都有不一致"] if "性别" in row]
    assert {"名单!D4", TWO, "王二", "东镇", "甲村", "男", "女", "s1.xlsx, 表1!D3"} <= set(sex)
    assert [row for row in cells["两边都有不一致"] if "王三" in row] == []
    (untold,) = [row for row in cells["两边都有台账空白"] if "王三" in row]
    assert {"名单!C5", "王三", "乙村"} <= set(untold)
    (missing,) = [row for row in cells["台账有名单没有"] if "王四" in row]
    assert FOUR in missing
    (stranger,) = [row for row in cells["名单有台账没有"] if "外人" in row]
    assert {"名单!6", "990600194912310053", "300"} <= set(stranger)
    assert len([row for row in cells["号码不能用"] if row[0] in (1, 2)]) == 2
    with zipfile.ZipFile(tmp_path / "结果.xlsx") as package:
        assert "内部资料" in package.read("xl/worksheets/sheet2.xml").decode()


def test_a_list_without_numbers_is_joined_by_name_and_village_and_said_to_be_weaker(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    rows = [["姓名", "村", "性别"], ["王一", "甲村", "男"], ["王二", "乙村", "女"], ["王三", "乙村", "女"]]

    answer = compare(typed, at, sent(tmp_path / "a.xlsx", *rows), "--with", "人表", "-f", "json")

    assert answer.json["weak"]
    assert answer.json["groups"] == {
        "agree": 1, "conflict": 1, "blank": 0, "theirs_only": 1, "ambiguous": 0, "unusable": 0
    }  # fmt: skip
    assert "比号码弱" in answer.err


def test_on_a_list_of_the_dead_only_who_is_in_the_ledger_is_a_finding(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    rows = [["身份证号", "死亡日期"], [ONE, "2014-05-01"], ["990600194912310053", "2014-06-01"]]

    answer = compare(typed, at, sent(tmp_path / "a.xlsx", *rows), "--list", "deaths", "-f", "json")

    assert [one["rule"] for one in answer.json["findings"]] == ["compare_means"]
    assert answer.json["ours"] is None
    assert answer.json["groups"]["theirs_only"] == 1


def test_what_it_means_and_who_ought_to_be_on_it_can_be_said_at_the_terminal(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    path = sent(tmp_path / "a.xlsx", ["证件号码", "姓名"], [ONE, "王一"], [FOUR, "王四"])
    asked = ["--with", "member", "--means", "性别 == '女'", "--where", "是否享受低保"]

    answer = compare(typed, at, path, *asked, "--unit", "西镇", "-f", "json")

    assert answer.json["differing"] == {"means": 1}
    assert answer.json["ours"]["expected"] == 2
    assert answer.json["means"] == "性别 == '女'"


def test_several_sheets_are_one_list_and_others_are_passed_over_with_a_word(
    at: Workspace, typed: Terminal, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for name, number in (("东镇", ONE), ("西镇", FOUR)):
        sheet = book.create_sheet(name)
        sheet.append(["姓名", "身份证号"])
        sheet.append(["王一" if number == ONE else "王四", number])
    book["Sheet"].append(["广告"])
    book.save(tmp_path / "a.xlsx")

    answer = compare(typed, at, tmp_path / "a.xlsx", "--with", "member", "-f", "json")

    assert (answer.json["rows"], answer.json["groups"]["agree"]) == (2, 2)
    assert "未读的工作表：Sheet。" in answer.err


@pytest.mark.parametrize(
    ("more", "phrase"),
    [
        ([], "--with member"),
        (["--list", "低保民单"], "低保名单"),
        (["--with", "member", "--on", "性别吗"], "没有字段"),
        (["--with", "member", "--means", "月收入"], "--means 应是一个条件"),
        (["--with", "member", "--fields", "月收入"], "名单里没有“月收入”"),
        (["--with", "member", "--on", "乡镇"], "没有可用来比对的列"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_sentence(
    at: Workspace, typed: Terminal, tmp_path: Path, more: list[str], phrase: str
) -> None:
    path = sent(tmp_path / "a.xlsx", ["身份证号", "姓名"], [ONE, "王一"])

    answer = compare(typed, at, path, *more)

    assert answer.code in (2, 3)
    assert phrase in answer.err
    assert answer.out == ""


def test_two_columns_of_one_name_are_not_guessed_at(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    path = sent(tmp_path / "a.xlsx", ["身份证号", "姓名", "身份证号"], [ONE, "王一", TWO])

    answer = compare(typed, at, path, "--with", "member")

    assert answer.code == 3
    assert "有几列都叫“证件号码" in answer.err or "有几列都叫“身份证号" in answer.err


def test_the_list_is_never_written_over(at: Workspace, typed: Terminal, tmp_path: Path) -> None:
    path = sent(tmp_path / "a.xlsx", *LIST)

    answer = compare(typed, at, path, "--list", "allowance", "-o", path)

    assert answer.code == 2
