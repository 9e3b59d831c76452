"""`leverage` and `funds` at the terminal and for machines: what is asked, what is shown, what it contains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from povplan.cli.app import app
from povplan.jobs.analyses import Year
from povplan.jobs.figures import standing_at
from povplan.jobs.update import Outcome
from povplan.workspace import Workspace
from tests.counties import run, told, workspace

HEADER = (
    "年份 县 乡镇 行政村 项目编号 资金来源 资金阶段 投入方式 金额 投工天数 文号 日期 本笔或累计 是否上年结转"
)
ROWS = """
2023 清河县 东岭镇 甲村 X1 中央专项 支出 现金 1000 · 财1号 2023-05-01 · ·
2023 清河县 东岭镇 甲村 X1 社会捐赠 支出 现金 500 · 捐1号 2023-05-01 · ·
2023 清河县 东岭镇 乙村 X2 社会捐赠 支出 现金 300 · 捐2号 2023-06-01 · ·
2024 清河县 东岭镇 甲村 X1 中央专项 支出 现金 1500 · 财2号 2024-05-01 · ·
2024 清河县 东岭镇 甲村 X1 中央专项 下达 现金 2000 · 财2号 2024-04-01 · ·
2024 清河县 东岭镇 甲村 X1 社会捐赠 计划 现金 1000 · · 2024-01-05 · ·
2024 清河县 东岭镇 甲村 X1 社会捐赠 支出 现金 900 · 捐3号 2024-05-01 · ·
2024 清河县 东岭镇 甲村 X1 社会捐赠 支出 现金 900 · 捐3号 2024-05-01 · ·
2024 清河县 东岭镇 甲村 X1 群众投工投劳 支出 投工投劳 · 5 · · · ·
2024 清河县 东岭镇 乙村 X2 天外来款 支出 现金 70 · · 2024-06-01 · ·
2024 清河县 东岭镇 乙村 X2 银行贷款 支出 现金 8000 · · 2024-06-01 · ·
2024 清河县 东岭镇 乙村 X2 社会捐赠 支出 现金 -40 · · 2024-06-02 · ·
"""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Outcome]]:
    root = tmp_path_factory.mktemp("money")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["资金编号", *HEADER.split()])
    for number, line in enumerate(ROWS.strip().splitlines(), 1):
        cells: list[Any] = [None if cell == "·" else cell for cell in line.split()]
        sheet.append([f"Z{number:02}", int(cells[0]), *cells[1:]])
    book.save(root / "资金.xlsx")
    folder = workspace(root / "w", "default", "county: {name: 清河县}\n")
    outcome = run(folder, root / "资金.xlsx", year=None)
    yield folder.root, outcome


@pytest.fixture
def place(taken: tuple[Path, Outcome]) -> Path:
    return taken[0]


def povplan(*arguments: object) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments), "--lang", "zh"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def measures(place: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(povplan("leverage", "-w", place, *arguments, "-f", "json"))[
        "measures"
    ]
    return found


def test_what_is_wrong_with_the_lines_is_found_at_its_cell(taken: tuple[Path, Outcome]) -> None:
    found = {(rule, cell) for rule, _, cell, _ in told(taken[1])}

    assert {
        ("unknown_code", "G11"),  # 天外来款：来源待分类
        ("F_negative", "J13"),  # 负数没有冲销标记
        ("double_same_document", "J9"),
    } <= found


def test_a_table_states_basis_and_scope_and_what_the_total_contains(place: Path) -> None:
    # 2024：专项 1500；其他 = 捐赠 900（重复一笔剔除）− 40 + 投工 5 × 120 = 1460。
    shown = povplan("leverage", "-w", place, "--year", 2024, "--by", "village", "--scope", "all")

    assert "口径：支出　范围：全部　单位：元" in shown
    assert "清河县/东岭镇/甲村" in shown
    assert "没有专项资金" in shown
    for said in (
        "投工投劳折资 600.00 元",
        "不含备忘 8,000.00 元（企业投资、银行信贷）",
        "不含来源待分类 70.00 元",
        "不含重复计算 900.00 元",
        "由 0.9733 变为 0.8733、1.0733",
    ):
        assert said in shown.replace("\n", ""), said


def test_the_county_has_both_ratios_and_its_marginal_leverage(place: Path) -> None:
    found = measures(place, "--year", 2024, "--by", "county", "--compare")
    values = {(one["indicator"], one["scope"]): one["value"] for one in found}

    # 上年其他 800 ÷ 1000；今年 1460 ÷ 1500：Δ660 ÷ Δ500 = 1.32。
    assert values["leverage_others", "all"] == pytest.approx(1460 / 1500)
    assert values["leverage_total", "all"] == pytest.approx(2960 / 1500)
    assert values["leverage_marginal", "all"] == pytest.approx(1.32)
    assert values["doubled", "all"] == 900


def test_years_add_up_and_cumulative_is_their_ratio(place: Path) -> None:
    years = measures(place, "--year", 2024, "--by", "year", "--scope", "all")
    whole = measures(place, "--year", 2024, "--by", "county", "--scope", "all", "--cumulative")
    values = {one["indicator"]: one["value"] for one in whole}

    assert [(one["group"], one["others"], one["lever"]) for one in years] == [
        ("2023", 800, 1000), ("2024", 1460, 1500),
    ]  # fmt: skip
    assert values["leverage_others"] == pytest.approx(2260 / 2500)


def test_each_way_of_grouping_adds_up_to_the_same_whole(place: Path) -> None:
    for by in ("project", "category", "department", "source", "class", "tag"):
        found = measures(place, "--year", 2024, "--by", by, "--scope", "all")
        times = 5 if by == "tag" else 1
        assert sum(one["others"] for one in found) == pytest.approx(1460 * times), by
        assert sum(one["share"] or 0 for one in found) == pytest.approx(100 * times), by
        assert povplan("leverage", "-w", place, "--year", 2024, "--by", by), by


def test_funds_tells_stages_rates_promises_doubles_and_their_effect(place: Path) -> None:
    parts = json.loads(povplan("funds", "-w", place, "--year", 2024, "-f", "json"))

    assert list(parts) == [
        "batch", "year", "stages", "execution", "delivery", "doubles", "effect", "documents",
    ]  # fmt: skip
    rate = next(r for r in parts["execution"] if (r["source"], r["base"]) == ("special_central", "allocated"))
    assert (rate["value"], rate["denominator"]) == (0.75, 2000)
    assert [(d["kind"], d["second"], d["out"]) for d in parts["doubles"]] == [
        ("same_document", False, 0), ("same_document", True, 900),
    ]  # fmt: skip
    steps = {one["step"]: one["leverage_others"] for one in parts["effect"] if one["scope"] == "all"}
    assert steps["entered"] == pytest.approx(2360 / 1500)
    assert steps["counted"] == pytest.approx(1460 / 1500)
    shown = povplan("funds", "-w", place, "--year", 2024)
    assert "重复计算核查：2 笔" in shown
    assert "同一笔重复登记" in shown


def test_funds_writes_a_sheet_a_table_and_a_csv_of_one(place: Path, tmp_path: Path) -> None:
    povplan("funds", "-w", place, "--year", 2024, "-o", tmp_path / "f.xlsx")
    povplan("funds", "-w", place, "--year", 2024, "--part", "doubles", "-o", tmp_path / "f.csv")

    assert openpyxl.load_workbook(tmp_path / "f.xlsx").sheetnames == [
        "资金分阶段执行", "执行率", "兑现率", "重复计算核查", "重复计算的影响", "共用文号",
    ]  # fmt: skip
    assert len((tmp_path / "f.csv").read_text(encoding="utf-8-sig").splitlines()) == 3


def test_the_sums_of_the_stages_say_what_they_hold(place: Path) -> None:
    out = povplan("funds", "-w", place, "--year", 2024, "--part", "stages")

    assert "合计含备忘资金（企业投资、银行信贷）" in out
    assert "合计含来源待分类" in out


def test_money_entered_twice_is_paid_once_in_every_analysis(place: Path) -> None:
    # 2024 年支出：专项 1500，捐赠 900（登记两次）− 40，劳务不计；X1 支付 1500 + 900。
    out = json.loads(povplan("projects", "-w", place, "--what", "execution", "--year", 2024, "-f", "json"))
    of = Year(standing_at(Workspace.find(place)), 2024)

    paid = of.flow[of.flow["project_id"].eq("X1") & of.flow["stage"].eq("paid")]["amount"].sum()
    assert paid == 2400_00
    county = [row for row in out["rows"] if (row["level"], row["scope"]) == ("county", "government")]
    assert next(row["value"] for row in county if row["indicator"] == "money_paid") == 1500


def test_comparing_anything_but_units_is_refused_in_a_sentence(place: Path) -> None:
    done = CliRunner().invoke(app, ["leverage", "-w", str(place), "--by", "tag", "--compare"])

    assert "--by county|township|village" in done.exception.said.en  # type: ignore[union-attr]
