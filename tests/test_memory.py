"""Findings over batches: fixed and back, excused, amended, answered; the registers read from workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from povplan.checks.numbers import numbers
from povplan.config import Config
from povplan.jobs import history
from povplan.jobs.doubts import standing_findings, statuses
from povplan.jobs.registering import Excuse, Fix, Way, fix, waive
from povplan.jobs.standing import Standing
from povplan.jobs.update import Order, Outcome, update
from povplan.jobs.waivers import listed_amendments, listed_waivers
from povplan.ledger import locate
from povplan.workspace import Workspace
from tests.commands import SMALL, lay
from tests.counties import quiet, standing

WAIVERS = (
    "疑点编号",
    "规则编号",
    "台账",
    "年度",
    "对象编号",
    "指标",
    "值",
    "豁免理由",
    "批准人",
    "批准日期",
    "到期日",
)
AMENDMENTS = ("台账", "年度", "对象编号", "指标", "原值", "新值", "来电人", "经办人", "登记日期", "依据")
ANSWERS = (
    "疑点编号", "年度", "乡镇", "行政村", "台账", "对象", "姓名", "规则编号", "问题", "所在单元格",
    "应如何处理", "核实结果", "更正字段", "更正后的值", "情况说明", "核实人", "核实日期", "县级意见",
    "审批人", "豁免到期日",
)  # fmt: skip
SPRING = dt.datetime(2025, 3, 1, 9, 0, tzinfo=dt.UTC)
PROFILE = {
    "profile.yaml": """
        profile: small
        label: {zh: 小样, en: Small}
        ledgers: [household, waiver, amendment, answer]
        indicators: [small]
    """,
    "indicators/small.yaml": SMALL["indicators/small.yaml"]
    .replace("village", "household")
    .replace("sum(population)", "sum(persons)"),
    "ledgers/household.yaml": """
        ledger: household
        label: {zh: 户表, en: Households}
        level: household
        population: registered
        key: [household_id]
        fields:
          - {id: household_id, label: 户编号, type: code, person: true}
          - {id: township, label: 乡镇, type: text, place: township}
          - {id: village, label: 行政村, type: text, place: village}
          - {id: head, label: 户主姓名, type: text, person: true}
          - {id: persons, label: {zh: 家庭人口数, en: Persons}, type: integer, in: 人, min: 1, max: 30}
          - {id: income, label: {zh: 纯收入, en: Income}, type: money, in: 元, kind: flow, min: 0}
    """,
}


@cache
def _definitions(root: Path) -> Config:
    return Workspace(root).config


class County:
    """A small county whose ledger is filled from workbooks, on days that a test chooses."""

    def __init__(self, root: Path, shared: Path) -> None:
        (root / "county").mkdir(parents=True)
        text = "povplan: 1\nprofile: small\ncounty: {name: 清河县}\n"
        for folder in (root / "county", shared):
            (folder / "povplan.yaml").write_text(text, encoding="utf-8")
        self.at = Workspace(root / "county")
        self.at.__dict__["config"] = _definitions(shared)
        self.folder, self.sent, self.now = root, 0, SPRING

    def households(self, **persons: Any) -> Outcome:
        """The households of one village, each with its number of persons."""
        rows = [[name, "东岭镇", "甲村", "样本某", count, 8000] for name, count in persons.items()]
        return self.send(("户编号", "乡镇", "行政村", "户主姓名", "家庭人口数", "纯收入"), rows)

    def register(self, headers: Sequence[str], *rows: Mapping[str, Any]) -> Outcome:
        """A register's sheet of 2024; columns that a row does not fill are blank."""
        lines = [{"年度": 2024, **row} for row in rows]
        return self.send(headers, [[row.get(header) for header in headers] for row in lines])

    def send(self, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Outcome:
        self.sent += 1
        path = self.folder / f"{self.sent}.xlsx"
        book = openpyxl.Workbook()
        book.properties.title = path.stem  # the same rows sent again are another file
        sheet = book.active
        assert sheet is not None
        for row in (headers, *rows):
            sheet.append(list(row))
        book.save(path)
        return self.update(path)

    def again(self) -> Outcome:
        """The file sent last, sent once more."""
        return self.update(self.folder / f"{self.sent}.xlsx")

    def update(self, *files: Path) -> Outcome:
        return update(self.at, Order(files=files, year=2024 if files else None, now=self.now), quiet)

    @property
    def standing(self) -> Standing:
        return Standing(self.at, self.at.config, self.at.store, today=self.now.date())

    @property
    def way(self) -> Way:
        return Way(now=self.now)

    def of_households(self) -> list[str]:
        """`household status answer` of the findings of the newest batch, those just closed too."""
        found = standing_findings(standing(self.at))
        frame = pd.concat([found.frame, found.fixed]).query("ledger == 'household'")
        told = zip(frame["entity"], frame["status"], frame["answer"].fillna(""), strict=True)
        return sorted(" ".join(one).strip() for one in told)

    def of_registers(self) -> list[tuple[str, str]]:
        """(rule, field marked) of the findings of the registers' own rows."""
        frame = standing_findings(standing(self.at)).frame.query("ledger != 'household'")
        return sorted(zip(frame["rule"], frame["field"].fillna(""), strict=True))

    def words(self) -> str:
        """All that the findings of the registers say."""
        frame = standing_findings(standing(self.at)).frame.query("ledger != 'household'")
        return "\n".join(frame["message_zh"] + frame["hint_zh"])

    def number(self, entity: str) -> str:
        frame = standing_findings(standing(self.at)).frame
        return str(numbers(frame)[(frame["entity"] == entity).fillna(False)].iloc[0])

    def persons(self) -> dict[str, Any]:
        frame = standing(self.at).folded("household", 2024).frame
        return {
            str(id_): int(count) for id_, count in zip(frame["household_id"], frame["persons"], strict=True)
        }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("definitions")
    for name, content in PROFILE.items():
        lay(root / "configs" / "profiles" / "small" / name, content)
    return root


@pytest.fixture
def county(tmp_path: Path, shared: Path) -> County:
    return County(tmp_path, shared)


# ---- statuses --------------------------------------------------------------------------------------


def test_a_finding_is_followed_over_batches_and_rewound_with_them(county: County) -> None:
    first = county.households(H1=0, H2=3)
    fixed = county.households(H1=2, H2=3)
    again = county.households(H1=0, H2=0)

    assert statuses(first.findings) == {"new": 1, "persisting": 0, "reopened": 0, "waived": 0, "fixed": 0}
    assert statuses(fixed.findings) == {"new": 0, "persisting": 0, "reopened": 0, "waived": 0, "fixed": 1}
    assert statuses(again.findings) == {"new": 1, "persisting": 0, "reopened": 1, "waived": 0, "fixed": 0}

    history.rollback(county.at, 2, "试")
    assert county.of_households() == ["H1 persisting", "H2 persisting"]
    history.rollback(county.at, 3, "试")
    assert county.of_households() == ["H1 persisting"]


# ---- waivers ---------------------------------------------------------------------------------------


def test_a_waiver_by_number_lapses_with_the_value_and_holds_again_with_it(county: County) -> None:
    county.households(H1=0)
    waiver = {"疑点编号": county.number("H1"), "豁免理由": "属实", "批准人": "样本甲"}
    excused = county.register(WAIVERS, waiver)

    assert county.of_households() == ["H1 waived"]
    assert county.of_registers() == []
    assert excused.findings.worst() is None
    assert excused.findings.flagged("household", 2024) == set()

    county.households(H1=-1)
    assert county.of_households() == ["H1 fixed", "H1 new"]
    assert county.of_registers() == [("waiver_idle", "number")]
    assert county.number("H1") in county.words()

    county.households(H1=0)
    assert county.of_households() == ["H1 fixed", "H1 waived"]
    assert county.of_registers() == []


def test_a_waiver_by_rule_is_bound_to_the_value_that_it_was_stored_with(county: County) -> None:
    county.households(H1=0, H2=-2)
    rows = (
        {"规则编号": "range", "台账": "户表", "对象编号": "H1", "豁免理由": "属实", "批准人": "样本甲"},
        {"规则编号": "range", "台账": "户表", "对象编号": "H2", "指标": "家庭人口数", "值": "-2人",
         "豁免理由": "属实", "批准人": "样本甲"},
    )  # fmt: skip
    county.register(WAIVERS, *rows)
    assert county.of_households() == ["H1 waived", "H2 waived"]

    county.households(H1=-1, H2=-3)
    county.register(WAIVERS, *rows)

    assert county.of_households() == ["H1 persisting", "H2 persisting"]
    assert county.of_registers() == [("waiver_idle", "object"), ("waiver_idle", "object")]
    assert county.again().unchanged


def test_an_expired_waiver_excuses_nothing_from_the_day_after(county: County) -> None:
    county.households(H1=0)
    row = {"疑点编号": county.number("H1"), "豁免理由": "属实", "批准人": "样本甲", "到期日": "2025-03-31"}
    county.register(WAIVERS, row)
    county.now = dt.datetime(2025, 3, 31, 23, 0, tzinfo=dt.UTC)
    assert county.update().unchanged

    county.now = dt.datetime(2025, 4, 1, 8, 0, tzinfo=dt.UTC)
    county.update()

    assert county.of_households() == ["H1 persisting"]
    assert county.of_registers() == [("waiver_expired", "expires_on")]


def test_what_a_waiver_names_wrongly_is_said_at_its_cell_with_the_right_name(county: County) -> None:
    county.households(H1=0)
    common = {"对象编号": "H1", "豁免理由": "属实", "批准人": "样本甲"}
    county.register(
        WAIVERS,
        {"规则编号": "rnage", "台账": "户表", **common},
        {"规则编号": "range", "台账": "户表", "指标": "家庭人囗数", **common},
        {"疑点编号": "0123456789", "豁免理由": "属实", "批准人": "样本甲"},
        {"规则编号": "range", "台账": "户表", **common, "对象编号": "H9"},
        {"规则编号": "range", "台账": "户表", **common, "批准人": None},
    )

    assert county.of_households() == ["H1 new"] or county.of_households() == ["H1 persisting"]
    assert county.of_registers() == [
        ("required", "approver"),
        ("waiver_idle", "number"),
        ("waiver_idle", "object"),
        ("waiver_idle", "object"),
        ("waiver_unknown", "field"),
        ("waiver_unknown", "rule"),
    ]
    assert "range" in county.words()
    assert "家庭人口数" in county.words()


# ---- amendments ------------------------------------------------------------------------------------


def test_an_amendment_mends_what_is_sent_wrong_again_and_says_where_it_stands(county: County) -> None:
    county.households(H1=0, H2=3)
    row = {
        "台账": "户表",
        "对象编号": "H1",
        "指标": "家庭人口数",
        "原值": 0,
        "新值": "4人",
        "依据": "户主来电",
    }
    county.register(AMENDMENTS, row)
    assert county.persons() == {"H1": 4, "H2": 3}
    assert county.of_households() == ["H1 fixed"]

    county.households(H1=0, H2=5)

    now = standing(county.at)
    assert county.persons() == {"H1": 4, "H2": 5}
    asked = pd.Series(["H1", "H2"], dtype="string"), pd.Series(["persons", "persons"], dtype="string")
    cells = locate(now.folded("household", 2024), *asked, now.store.sources())
    files = [now.store.sources()[int(one)].file for one in cells.iloc[:, 0]]
    assert list(zip(files, cells.iloc[:, 1], cells.iloc[:, 2], strict=True)) == [
        ("2.xlsx", 2, 6),
        ("3.xlsx", 3, 5),
    ]
    assert county.of_registers() == []

    county.households(H1=6, H2=5)
    assert county.persons()["H1"] == 6
    assert county.of_registers() == [("amendment_lost", "old")]
    assert "台账现为 6" in county.words()


def test_a_cell_that_could_not_be_read_is_no_longer_doubted_once_it_is_amended(county: County) -> None:
    county.households(H1="三口")
    assert county.of_households() == ["H1 new"]

    county.register(
        AMENDMENTS,
        {"台账": "户表", "对象编号": "H1", "指标": "家庭人口数", "原值": "三口", "新值": 3, "依据": "来电"},
    )

    assert county.persons() == {"H1": 3}
    assert county.of_households() == ["H1 fixed"]
    history.rollback(county.at, 2, "试")
    assert county.of_households() == ["H1 persisting"]


# ---- answers ---------------------------------------------------------------------------------------


def test_a_right_value_in_an_answer_amends_and_the_answer_read_again_is_nothing_new(county: County) -> None:
    county.households(H1=0, H2=0)
    value = {"更正字段": "家庭人口数", "更正后的值": 2}
    answer = {"疑点编号": county.number("H1"), "核实结果": "已更正", "核实人": "样本乙", **value}
    county.register(ANSWERS, answer)

    assert county.persons() == {"H1": 2, "H2": 0}
    assert county.of_households() == ["H1 fixed", "H2 persisting"]
    assert county.of_registers() == []
    assert county.again().unchanged

    county.households(H1=0, H2=0)
    assert county.persons()["H1"] == 2
    history.rollback(county.at, 2, "试")
    assert county.persons()["H1"] == 0


def test_what_is_true_awaits_the_county_whose_consent_waives(county: County) -> None:
    county.households(H1=0, H2=0, H3=0)
    first, second, third = (county.number(f"H{n}") for n in (1, 2, 3))
    true = {"核实结果": "情况属实", "情况说明": "当年新婚"}
    county.register(
        ANSWERS,
        {"疑点编号": first, **true},
        {"疑点编号": second, **true, "县级意见": "不同意"},
        {"疑点编号": third, "核实结果": "无法核实"},
    )
    waiting = listed_waivers(county.standing, "zh")

    assert county.of_households() == [
        "H1 persisting awaiting",
        "H2 persisting refused",
        "H3 persisting 无法核实",
    ]
    assert waiting[["finding", "waiver_state"]].to_numpy().tolist() == [[first, "awaiting"]]

    county.register(
        ANSWERS, {"疑点编号": first, "县级意见": "同意豁免", "审批人": "样本丙", "豁免到期日": "2025-06-30"}
    )
    assert county.of_households()[0] == "H1 waived 情况属实"
    listed = listed_waivers(county.standing, "zh")
    told = ["finding", "waiver_state", "approver", "expires_on"]
    assert listed[told].to_numpy().tolist() == [[first, "in_force", "样本丙", "2025-06-30"]]

    county.now = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
    county.update()
    assert county.of_households()[0] == "H1 persisting 情况属实"


def test_an_answer_to_no_finding_says_why(county: County) -> None:
    county.households(H1=0, H2=0)
    first, second = county.number("H1"), county.number("H2")
    county.households(H1=-1, H2=3)
    now = county.number("H1")

    county.register(
        ANSWERS,
        {"疑点编号": first, "核实结果": "已更正"},
        {"疑点编号": second, "核实结果": "情况属实", "情况说明": "属实"},
        {"疑点编号": "f" * 10, "核实结果": "无法核实"},
        {"疑点编号": now, "核实结果": "已更正"},
    )

    assert county.of_registers() == [("answer_not_mended", "new"), *[("answer_unknown", "number")] * 3]
    assert f"数值已变，这一条仍有疑点，现编号为 {now}" in county.words()
    assert "豁免" not in county.words()
    assert "疑点已消除" in county.words()
    assert "没有编号 ffffffffff 的疑点" in county.words()


# ---- commands --------------------------------------------------------------------------------------


def test_waive_and_fix_write_one_batch_each_and_refuse_what_does_nothing(county: County) -> None:
    from povplan.errors import PovplanError

    county.households(H1=0, H2=0)
    number = county.number("H1")
    waive(county.at, Excuse([number], "当年新婚", "样本甲", dt.date(2025, 12, 31)), county.way)
    pseudonym = county.at.pseudonym("H2")
    done = fix(county.at, Fix("户表", pseudonym, "家庭人口数", "0", "3", "来电"), county.way)

    assert [(one.kind, one.note) for one in county.at.store.batches()][1:] == [
        ("waiver", "当年新婚"),
        ("amendment", "来电"),
    ]
    assert county.of_households() == ["H1 waived", "H2 fixed"]
    assert (done.old.zh, done.new.zh, county.persons()["H2"]) == ("0", "3", 3)
    listed = listed_amendments(standing(county.at), "zh")
    assert listed[["entity", "field", "old", "new", "amendment_state"]].to_numpy().tolist() == [
        [pseudonym, "家庭人口数", "0", "3", "applied"]
    ]
    for wrong, words in (
        (
            lambda: fix(county.at, Fix("户表", pseudonym, "家庭人口数", "0", "3", "来电"), county.way),
            "已经是",
        ),
        (
            lambda: fix(county.at, Fix("户表", pseudonym, "家庭人口数", "0", "4", "x"), county.way),
            "台账现为 3",
        ),
        (
            lambda: fix(county.at, Fix("户表", pseudonym, "家庭人口数", "", "4", "x"), county.way),
            "台账现为 3",
        ),
        (lambda: waive(county.at, Excuse(["f" * 10], "a", "b"), county.way), "没有编号"),
        (lambda: waive(county.at, Excuse([number], "", "b"), county.way), "理由"),
        (lambda: waive(county.at, Excuse([number], "a", "b", dt.date(2024, 1, 1)), county.way), "已过"),
        (lambda: fix(county.at, Fix("户表", "H2", "家庭人口数", "9", "8", "x"), county.way), "台账现为 3"),
        (lambda: fix(county.at, Fix("户表", "H2", "家庭人口数", "3", "3", "x"), county.way), "已经是"),
        (lambda: fix(county.at, Fix("户表", "H9", "家庭人口数", "3", "4", "x"), county.way), "没有“H9”"),
        (lambda: fix(county.at, Fix("户表", "H2", "户编号", "H2", "H3", "x"), county.way), "不能更正"),
    ):
        with pytest.raises(PovplanError) as caught:
            wrong()
        assert words in caught.value.said.zh
    assert len(county.at.store.batches()) == 3
