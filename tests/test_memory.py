"""Findings over batches: fixed and back, excused, amended, answered; the registers read from workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from povplan.checks.numbers import numbers
from povplan.jobs import history
from povplan.jobs.doubts import standing_findings
from povplan.jobs.update import Order, Outcome, update
from povplan.workspace import Workspace
from tests.counties import here, quiet, standing, workspace

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")
HOUSEHOLDS = {
    "id": "户编号",
    "township": "乡镇",
    "village": "行政村",
    "head": "户主姓名",
    "persons": "家庭人口数",
    "labour": "劳动力人数",
}
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
    "疑点编号", "年度", "乡镇", "行政村", "台账", "对象", "姓名", "规则编号", "问题", "所在单元格", "应如何处理",
    "核实结果", "更正字段", "更正后的值", "情况说明", "核实人", "核实日期", "县级意见", "审批人", "豁免到期日",
)  # fmt: skip
TODAY = dt.datetime(2025, 3, 1, 9, 0, tzinfo=dt.UTC)


class County:
    """A small county of the default profile, its ledger filled from workbooks."""

    def __init__(self, root: Path) -> None:
        self.at = workspace(root / "county", "default", "county: {name: 清河县}\n")
        self.folder = root
        self.sent = 0
        self.now = TODAY

    def households(self, **persons: Any) -> Outcome:
        """The register of one village: household → persons, or (persons, labour)."""
        rows = []
        for name, told in persons.items():
            own, labour = told if isinstance(told, tuple) else (told, None)
            rows.append([name, "东岭镇", "甲村", "样本某", own, labour])
        return self.send(tuple(HOUSEHOLDS.values()), rows)

    def register(self, headers: Sequence[str], *rows: Mapping[str, Any]) -> Outcome:
        """A register's sheet; columns that a row does not fill are blank."""
        return self.send(headers, [[row.get(header) for header in headers] for row in rows])

    def send(self, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Outcome:
        self.sent += 1
        path = self.folder / f"{self.sent}.xlsx"
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(headers))
        for row in rows:
            sheet.append(list(row))
        book.save(path)
        return self.update(path)

    def update(self, *files: Path) -> Outcome:
        return update(self.at, Order(files=files, year=2024 if files else None, now=self.now), quiet)

    @property
    def fresh(self) -> Workspace:
        return self.at

    def statuses(self) -> dict[str, str]:
        """`rule entity` → status, and answer, of what the newest batch knows of households."""
        found = standing_findings(standing(self.at))
        lines = [*told(found.frame), *told(found.fixed)]
        return dict(lines)

    def number(self, rule: str, entity: str) -> str:
        frame = standing_findings(standing(self.at)).frame
        at = (frame["rule"] == rule) & (frame["entity"] == entity)
        return str(numbers(frame)[at].iloc[0])

    def of_registers(self) -> list[tuple[str, str]]:
        """(rule, cell) of the findings of the registers' own rows."""
        frame = standing_findings(standing(self.at)).frame
        own = frame[frame["ledger"].isin(["waiver", "amendment", "answer"])]
        return sorted(zip(own["rule"], own["field"].fillna(""), strict=True))

    def persons(self) -> dict[str, Any]:
        frame = standing(self.at).folded("household", 2024).frame
        return dict(zip(frame["household_id"], frame["persons"], strict=True))


def told(frame: Any) -> Iterator[tuple[str, str]]:
    for line in frame[frame["ledger"] == "household"].to_dict("records"):
        answer = "" if line["answer"] is None or line["answer"] != line["answer"] else f" {line['answer']}"
        yield f"{line['rule']} {line['entity']}", line["status"] + answer


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def test_x(county: County) -> None:
    county.households(H1=0, H2=3)
    print(county.statuses())
    n = county.number("range", "H1")
    out = county.register(WAIVERS, {"疑点编号": n, "年度": 2024, "豁免理由": "属实", "批准人": "甲"})
    print(county.statuses(), county.of_registers(), n)
    county.households(H1=-1, H2=0)
    print(county.statuses(), county.of_registers())
    county.households(H1=0, H2=4)
    print(county.statuses(), county.of_registers())
    county.register(
        AMENDMENTS,
        {
            "台账": "农户",
            "年度": 2024,
            "对象编号": "H2",
            "指标": "家庭人口数",
            "原值": 4,
            "新值": "5人",
            "依据": "x",
        },
    )
    print(county.persons(), county.of_registers())
    county.households(H1=0, H2=4, H3=0)
    print(county.persons(), county.of_registers())
    n = county.number("range", "H3")
    county.register(
        ANSWERS,
        {
            "疑点编号": n,
            "年度": 2024,
            "核实结果": "已更正",
            "更正字段": "家庭人口数",
            "更正后的值": 2,
            "核实人": "乙",
        },
    )
    print(county.persons(), county.of_registers(), county.statuses())
    assert 0
