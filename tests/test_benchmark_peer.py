"""The script that povplan is timed against comes to povplan's own figures, on a county full of faults."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from povplan.config import Config
from povplan.formulas import Scope, row_formula
from povplan.jobs import figures
from tests.counties import run, standing, workspace

pytest.importorskip("pandera", reason="the peer checks with pandera")
analyst, analyst_rules, county = map(importlib.import_module, ("analyst", "analyst_rules", "large_county"))
CHANGED = ["value", "previous", "absolute", "relative", "points"]
Figures = dict[tuple[str, str], tuple[float, ...]]


@dataclass(frozen=True)
class Both:
    """The second of two years of one county, as the peer sees it and as povplan does."""

    peer: Any
    figures: pd.DataFrame
    change: pd.DataFrame
    rules: Counter[str]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return workspace(tmp_path_factory.mktemp("default"), profile="default").config


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    yield _both(tmp_path_factory.mktemp("county"))


def _both(folder: Path) -> Both:
    drawn = [county.write_township(folder / f"{t}.xlsx", t, 200) for t in range(2)]
    townships = [analyst.read([file]).drop(columns=["文件", "行"]) for file in drawn]
    before, now = (_workbooks(folder / str(year), townships, year) for year in (2023, 2024))
    place = workspace(folder / "w", profile="default")
    run(place, *before, year=2023)
    rules = Counter(run(place, *now, year=2024).findings.of([2024]).frame["rule"])
    ledger = standing(place)
    peer = analyst.answer(now, 2024, analyst.read(before))
    return Both(peer, figures.indicators(ledger, 2024), figures.change(ledger, 2024), rules)


def _workbooks(folder: Path, townships: list[pd.DataFrame], year: int) -> list[Path]:
    """One a township, faults planted; the first village is missing in the first year."""
    folder.mkdir()
    files = [folder / f"{township:02}.xlsx" for township in range(len(townships))]
    for township, (rows, path) in enumerate(zip(townships, files, strict=True)):
        planted = _planted(rows, np.random.default_rng(year * 10 + township))
        planted.iloc[10 * (year == 2023 and township == 0) :].to_excel(path, startrow=2, index=False)
    return files


def _planted(rows: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Columns that more rules ask for, and in every column some cells that break them or are blank."""
    n = len(rows)

    def some(*values: object) -> Any:
        return draw.choice(np.array([*values, None], dtype=object), n)

    def altered(column: pd.Series, by: object, share: float = 0.06) -> pd.Series:
        return column.astype(object).mask(pd.Series(draw.random(n) < share), by)

    whole = rows[["工资性收入", "生产经营性收入", "财产性收入", "转移性收入"]].sum(axis=1).round(2)
    extra = {
        "年总收入": altered(whole, 12.5),
        "自主采摘收入": some(0, 0, 0, 1.5),
        "特困供养金": some(0, 0, 0, 300),
        "其他转移性收入": some(0, 0, 0),
        "纳入收入参考范围(户)": altered(rows["年纯收入"], 1),
        "其他理赔收入": some(0, 0, 2000),
        "其他合规自付支出": some(0, 0, 2000),
        "户主证件号码": some("11010519491231002X", "110105194912310020", "11010519491231O02X", "0011"),
        "银行账号": some("0062000012345678"),
        "危房等级": some("A", "B", "C", "D"),
        "房屋主要结构": some("砖混材料"),
        "监测对象类别": some("脱贫不稳定户", "边缘易致贫户", None, None),
        "识别时人均纯收入": some(9800, 26000),
        "返贫致贫风险": some("因病", "因学,因病", "因安全住房", "因安全饮水,因学", "缺劳动力"),
        "风险是否已消除": some("是", "否"),
        "风险消除方式": some("帮扶消除", "自然消除"),
        "其他致贫原因": some("因残,缺资金", "因残,缺技术,缺资金"),
        "整户无劳动能力兜底保障户": some("是", "否"),
        "实际投工天数": some(0, 8, 21.5),
        "实际自筹资金": some(0, 45.5, 2000),
        **{name: altered(pd.Series([None] * n), "已安排", 0.15) for name in analyst_rules.HELP.split()},
    }
    faults = {
        **dict.fromkeys(("户主姓名", "主要燃料类型", "是否有卫生厕所")),
        **{"联系电话": "0138000000", "主要致贫原因": "因懒", "脱贫状态": "返贫"},
        **{"是否危房": "是", "是否解决安全饮用水": "否", "是否通生活用电": "否"},
        **{"家庭人口数": 0, "劳动力人数": 9, "建房时间": 2050, "住房面积": 0, "与村主干路距离": 300},
        **{"义务教育适龄失学辍学": "是", "有家庭成员未参加基本医保": "是"},
        **{
            "耕地面积": 4333,
            "林地面积": 900,
            "退耕还林面积": 900,
            "林果面积": 900,
            "年纯收入": 1000,
            "人均纯收入": 90000,
            "低保金": 0,
        },
        **{"工资性收入": draw.choice([0, 60], n), "生产经营性收入": 0, "务工收入": -5, "种植收入": 99999},
    }
    changed = {name: altered(rows[name], by) for name, by in faults.items()}
    blanks = (
        *("家庭人口数", "年纯收入", "生态补偿金", "工资性收入", "是否危房", "与村主干路距离", "联系电话"),
        *("是否解决安全饮用水", "入户路类型", "住房面积"),
    )
    blanked = {name: altered(changed.get(name, rows[name]), None) for name in blanks}
    return rows.assign(**{**extra, **changed, **blanked})


def by_unit(frame: pd.DataFrame, columns: list[str]) -> Figures:
    """Indicator and unit → the figures, of the peer's indicators only; a blank is NaN."""
    of = frame[frame["indicator"].isin(list(analyst.LABELS))]
    values = of[columns].astype("float64").itertuples(index=False, name=None)
    return dict(zip(zip(of["indicator"], of["unit"], strict=True), values, strict=True))


def assert_same(peers: Figures, ours: Figures) -> None:
    assert peers.keys() == ours.keys()
    assert len(ours) > 300
    for key, values in ours.items():
        assert peers[key] == pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True), key


def test_every_indicator_of_the_household_ledger_is_measured(config: Config) -> None:
    declared = config.indicators
    household = {one.id: one.label.zh for one in declared if one.ledger == "household"}

    measured = {name: label for name, (_, label, _) in analyst.LABELS.items()}

    assert measured == household


def test_its_indicators_are_povplans_at_every_unit(both: Both) -> None:
    assert_same(by_unit(both.peer.measures, ["value"]), by_unit(both.figures, ["value"]))


def test_its_yearly_change_is_povplans_over_the_units_of_both_years(both: Both) -> None:
    assert_same(by_unit(both.peer.changes, CHANGED), by_unit(both.change, CHANGED))


def test_its_rules_fail_on_as_many_rows_as_povplans(both: Both) -> None:
    shared = {*analyst_rules.RULES, "required", "range", "part_over_whole", "unknown_code"}

    counted = Counter(both.peer.findings["rule"])

    assert counted == Counter({rule: count for rule, count in both.rules.items() if rule in shared})
    assert shared - set(counted) == {"H75"}  # the poverty line ended with 2020


def test_its_rules_are_the_ledger_s_and_those_that_look_into_another_ledger_are_named(config: Config) -> None:
    household = config.ledgers["household"]
    scope = Scope(household, config.ledgers, config.parameters, config.codes)
    texts = {rule.id: [text for text in (rule.check, rule.when) if text] for rule in household.rules}

    elsewhere = {rule for rule, own in texts.items() if any(row_formula(text, scope).needs for text in own)}

    assert set(analyst_rules.NOT_EXPRESSIBLE) == elsewhere
    assert set(analyst_rules.RULES) <= texts.keys() - elsewhere
    assert len(analyst_rules.RULES) == 54


def test_it_writes_the_tables_of_the_yearly_workbook(both: Both, tmp_path: Path) -> None:
    analyst.write(both.peer, tmp_path / "a.xlsx", 2024)

    sheets = pd.read_excel(tmp_path / "a.xlsx", engine="openpyxl", sheet_name=None, dtype={"户编号": str})
    assert list(sheets) == [
        "县乡指标",
        "村级·社会",
        "村级·经济",
        "村级·生态",
        "年度变化",
        "数据覆盖",
        "疑点清单",
    ]
    assert list(sheets["县乡指标"].columns[3:]) == ["清河县", "清河县/样本00镇", "清河县/样本01镇"]
    assert len(sheets["村级·经济"]) == 40
    assert len(sheets["疑点清单"]) == len(both.peer.findings)
    assert set(sheets["疑点清单"]["户编号"].str.len()) == {12}
