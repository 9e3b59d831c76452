"""The rules of the household ledger as an analyst writes them for pandera, on the headers of the form.

Each says where a row *fails*: a comparison with a blank is false in pandas, so that a row of which nobody
can tell is not called wrong. 54 of the ledger's rules are written here, on the columns of the benchmark's
form and its like; `NOT_EXPRESSIBLE` are those that look into the member or the job ledger. The rules on
last year need its columns joined beforehand (`…_上年`), and what a rule is blamed on (the cell, the words)
is not pandera's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

Failing = Callable[[Any, int], Any]
"""(rows, year) → where the rule fails. `Any`, so that a column may be written as an attribute."""


class Rule(NamedTuple):
    """A rule of the whole row; it is left out where the form lacks one of its columns."""

    severity: str
    label: str
    needs: str
    fails: Failing


LAST_YEAR = ("人均纯收入", "脱贫状态", "危房等级")
"""What the rules look back at."""
NOT_EXPRESSIBLE = (
    *("H96", "H90", "H90_months", "H90_jobs", "H92", "H93", "H94_labour", "H95", "H95_missing"),
    *("H95_destitute", "H95_destitute_missing", "H102", "H102_outside", "H103", "H7", "H8", "H9", "H13"),
    *("H13_empty", "H49", "H64", "H65", "H_exempt"),
)
"""Persons against members listed, one head, an ill member, work on record: they need another table's rows."""

POVERTY_LINE = {
    2010: 2300, 2011: 2536, 2012: 2625, 2013: 2736, 2014: 2800, 2015: 2855, 2016: 2952, 2018: 2995,
    2019: 3218, 2020: 4000, 2021: np.nan,
}  # fmt: skip
MONITORING_RANGE = {2020: 6000, 2023: 7300}


def in_force(values: Mapping[int, float], year: int) -> float:
    """The value of the last year not after `year`; NaN before the first, and where it has ended."""
    return next((values[since] for since in sorted(values, reverse=True) if since <= year), np.nan)


FOUR_INCOMES = "工资性收入 生产经营性收入 财产性收入 转移性收入"
WAGES = "务工收入 行业部门公益岗收入 乡镇公益岗收入 村级公益岗收入 自主采摘收入"
TRANSFERS = "计划生育金 低保金 特困供养金 养老保险金 生态补偿金 其他转移性收入"
HELP = (
    "产业帮扶 就业帮扶 金融帮扶 公益岗位帮扶 健康帮扶 义务教育保障 其他教育帮扶 综合保障 住房安全保障 "
    "饮水安全保障 社会帮扶 搬迁帮扶 生产生活条件改善 基础设施建设"
)


def _apart(stated: pd.Series, computed: pd.Series) -> pd.Series:
    """More than a yuan apart, binary noise aside."""
    return (stated - computed).abs().round(6).gt(1)


def _total(f: pd.DataFrame, columns: str) -> pd.Series:
    """The sum, blank where one of them is blank."""
    return f[columns.split()].sum(axis=1, skipna=False)


def _escaped(f: Any) -> Any:
    """Out of poverty by the status, else where the form tells only the kind of household."""
    kind = f.户类型.isin(["脱贫户", "脱贫不享受政策户"]) if "户类型" in f else False
    return (f.脱贫状态 == "已脱贫") | (f.脱贫状态.isna() & kind)


def _in_danger(f: Any) -> Any:
    """In a dangerous house as stated, else by the grade of the house."""
    graded = f.危房等级.isin(["C", "D"]) if "危房等级" in f else False
    return (f.是否危房 == "是") | (f.是否危房.isna() & graded)


def _said(f: Any, column: str) -> Any:
    """Yes in a column that a form may lack."""
    return f[column] == "是" if column in f else False


def _all_blank(f: pd.DataFrame, columns: str) -> pd.Series:
    return f[columns.split()].isna().all(axis=1)


def _lists(chosen: pd.Series, code: str) -> pd.Series:
    """Whether the code is among several joined by commas."""
    return chosen.str.contains(rf"(?:^|[,，、]){code}(?:$|[,，、])", na=False)


def _wrong_id_card(numbers: pd.Series) -> pd.Series:
    """18 characters that are not an identity number of GB 11643."""
    given = numbers[numbers.str.len() == 18]
    shaped = given[given.str.fullmatch(r"[0-9]{17}[0-9Xx]")].str.upper()
    digits = np.frombuffer("".join(shaped).encode(), np.uint8).reshape(-1, 18)
    weights = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    check = np.frombuffer(b"10X98765432", np.uint8)[(digits[:, :17] - 48).astype(int) @ weights % 11]
    right = shaped.index[check == digits[:, 17]]
    return pd.Series(numbers.index.isin(given.index.difference(right)), index=numbers.index)


RULES: dict[str, Rule] = {
    "H108": Rule("疑点", "年纯收入与分项不符", f"年纯收入 生产经营性支出 {FOUR_INCOMES}",
        lambda f, year: _apart(f.年纯收入, _total(f, FOUR_INCOMES) - f.生产经营性支出)),
    "H108_gross": Rule("疑点", "年总收入与四项收入之和不符", f"年总收入 {FOUR_INCOMES}",
        lambda f, year: _apart(f.年总收入, _total(f, FOUR_INCOMES))),
    "H108_per_capita": Rule("疑点", "人均纯收入与年纯收入除以人口不符", "人均纯收入 年纯收入 家庭人口数",
        lambda f, year: _apart(f.人均纯收入, f.年纯收入 / f.家庭人口数.mask(f.家庭人口数 == 0))),
    "H108_wage": Rule("疑点", "工资性收入与明细之和不符", f"工资性收入 {WAGES}",
        lambda f, year: _apart(f.工资性收入, _total(f, WAGES))),
    "H108_transfer": Rule("疑点", "转移性收入与明细之和不符", f"转移性收入 {TRANSFERS}",
        lambda f, year: _apart(f.转移性收入, _total(f, TRANSFERS))),
    "H108_reference": Rule("疑点", "纳入收入参考范围与纯收入、理赔、自付支出不符",
        "纳入收入参考范围(户) 年纯收入 其他理赔收入 其他合规自付支出",
        lambda f, year: _apart(f["纳入收入参考范围(户)"], f.年纯收入 + f.其他理赔收入 - f.其他合规自付支出)),
    "H105": Rule("疑点", "工资性收入低得不合常理", "工资性收入",
        lambda f, year: (f.工资性收入 > 0) & (f.工资性收入 < 100)),
    "H97": Rule("疑点", "享受就业或公益岗位帮扶而工资性收入为零", "工资性收入 就业帮扶 公益岗位帮扶",
        lambda f, year: ~_all_blank(f, "就业帮扶 公益岗位帮扶") & (f.工资性收入 <= 0)),
    "H98": Rule("疑点", "享受产业帮扶而生产经营性收入为零", "生产经营性收入 产业帮扶",
        lambda f, year: f.产业帮扶.notna() & (f.生产经营性收入 <= 0)),
    "H109": Rule("疑点", "人均纯收入年变动过大", "人均纯收入 人均纯收入_上年",
        lambda f, year: (f.人均纯收入_上年 > 0)
        & ((f.人均纯收入 - f.人均纯收入_上年).abs().round(6) > (f.人均纯收入_上年 * 0.5).round(6))),
    "H75": Rule("错误", "已脱贫而人均纯收入低于扶贫标准", "脱贫状态 人均纯收入",
        lambda f, year: f.脱贫状态.isin(["预脱贫", "已脱贫"])
        & (f.人均纯收入 < in_force(POVERTY_LINE, year))),
    "H72": Rule("疑点", "脱贫户人均纯收入低于监测范围而未纳入监测", "脱贫状态 监测对象类别 人均纯收入",
        lambda f, year: _escaped(f) & f.监测对象类别.isna()
        & (f.人均纯收入 < in_force(MONITORING_RANGE, year))),
    "H73": Rule("疑点", "监测对象识别时人均纯收入偏高", "监测对象类别 识别时人均纯收入",
        lambda f, year: f.监测对象类别.notna() & (f.识别时人均纯收入 > 20000)),
    "H68_house": Rule("错误", "脱贫户住在危房而未纳入监测", "脱贫状态 监测对象类别 是否危房",
        lambda f, year: _escaped(f) & f.监测对象类别.isna() & _in_danger(f)),
    "H68_water": Rule("错误", "脱贫户饮水不安全而未纳入监测", "脱贫状态 监测对象类别 是否解决安全饮用水",
        lambda f, year: _escaped(f) & f.监测对象类别.isna() & (f.是否解决安全饮用水 == "否")),
    "H68_dropout": Rule("错误", "脱贫户有失学辍学而未纳入监测", "脱贫状态 监测对象类别 义务教育适龄失学辍学",
        lambda f, year: _escaped(f) & f.监测对象类别.isna() & (f.义务教育适龄失学辍学 == "是")),
    "H68_insurance": Rule("错误", "脱贫户有人未参加基本医保而未纳入监测",
        "脱贫状态 监测对象类别 有家庭成员未参加基本医保",
        lambda f, year: _escaped(f) & f.监测对象类别.isna()
        & (f.有家庭成员未参加基本医保 == "是")),
    "H69": Rule("疑点", "脱贫户未通生活用电", "脱贫状态 是否通生活用电",
        lambda f, year: _escaped(f) & (f.是否通生活用电 == "否")),
    "H70_house": Rule("错误", "风险已消除而仍住危房", "风险是否已消除 是否危房",
        lambda f, year: (f.风险是否已消除 == "是")
        & (_in_danger(f) | _said(f, "风险消除后住房出现安全问题"))),
    "H70_water": Rule("错误", "风险已消除而饮水仍不安全", "风险是否已消除 是否解决安全饮用水",
        lambda f, year: (f.风险是否已消除 == "是")
        & ((f.是否解决安全饮用水 == "否") | _said(f, "风险消除后饮水出现安全问题"))),
    "H70_dropout": Rule("错误", "风险已消除而仍有失学辍学", "风险是否已消除 义务教育适龄失学辍学",
        lambda f, year: (f.风险是否已消除 == "是")
        & ((f.义务教育适龄失学辍学 == "是") | _said(f, "风险消除后义务教育适龄失学辍学"))),
    "H70_insurance": Rule("错误", "风险已消除而仍有人未参加基本医保",
        "风险是否已消除 有家庭成员未参加基本医保",
        lambda f, year: (f.风险是否已消除 == "是")
        & ((f.有家庭成员未参加基本医保 == "是") | _said(f, "风险消除后有家庭成员未参加基本医保"))),
    "H_causes": Rule("疑点", "其他致贫原因多于两项", "其他致贫原因",
        lambda f, year: f.其他致贫原因.str.count("[,，、]") >= 2),
    "H25": Rule("错误", "监测对象未填风险类型", "监测对象类别 返贫致贫风险",
        lambda f, year: f.监测对象类别.notna() & f.返贫致贫风险.isna()),
    "H71": Rule("疑点", "监测对象饮水不安全而风险中未列因安全饮水",
        "监测对象类别 是否解决安全饮用水 返贫致贫风险",
        lambda f, year: f.监测对象类别.notna() & (f.是否解决安全饮用水 == "否")
        & f.返贫致贫风险.notna() & ~_lists(f.返贫致贫风险, "因安全饮水")),
    "H76": Rule("疑点", "因病风险没有健康、社会或综合保障帮扶", "返贫致贫风险 健康帮扶 社会帮扶 综合保障",
        lambda f, year: _lists(f.返贫致贫风险, "因病") & _all_blank(f, "健康帮扶 社会帮扶 综合保障")),
    "H79": Rule("疑点", "住房风险没有住房或搬迁帮扶", "返贫致贫风险 住房安全保障 搬迁帮扶",
        lambda f, year: _lists(f.返贫致贫风险, "因安全住房") & _all_blank(f, "住房安全保障 搬迁帮扶")),
    "H83": Rule("错误", "帮扶消除风险而没有任何帮扶措施", f"风险消除方式 {HELP}",
        lambda f, year: (f.风险消除方式 == "帮扶消除") & _all_blank(f, HELP)),
    "H94": Rule("疑点", "兜底保障户没有低保金或特困供养金", "整户无劳动能力兜底保障户 低保金 特困供养金",
        lambda f, year: (f.整户无劳动能力兜底保障户 == "是")
        & (f[["低保金", "特困供养金"]].sum(axis=1, min_count=1) <= 0)),
    "H134": Rule("错误", "返贫户上年不是已脱贫", "脱贫状态 脱贫状态_上年",
        lambda f, year: (f.脱贫状态 == "返贫") & f.脱贫状态_上年.notna()
        & ~f.脱贫状态_上年.isin(["已脱贫", "返贫"])),
    "H_labour": Rule("错误", "劳动力人数多于家庭人口数", "劳动力人数 家庭人口数",
        lambda f, year: f.劳动力人数 > f.家庭人口数),
    "H89_all": Rule("错误", "风险为缺劳动力而全家都是劳动力", "返贫致贫风险 劳动力人数 家庭人口数",
        lambda f, year: _lists(f.返贫致贫风险, "缺劳动力") & (f.劳动力人数 >= f.家庭人口数)),
    "H89": Rule("疑点", "风险为缺劳动力而半数以上成员是劳动力", "返贫致贫风险 劳动力人数 家庭人口数",
        lambda f, year: _lists(f.返贫致贫风险, "缺劳动力") & (f.家庭人口数 >= 4)
        & (f.劳动力人数 < f.家庭人口数) & (f.劳动力人数 * 2 >= f.家庭人口数)),
    "H89_quarter": Rule("提示", "风险为缺劳动力而四分之一以上成员是劳动力",
        "返贫致贫风险 劳动力人数 家庭人口数",
        lambda f, year: _lists(f.返贫致贫风险, "缺劳动力") & (f.劳动力人数 < f.家庭人口数)
        & ((f.家庭人口数 < 4) | (f.劳动力人数 * 2 < f.家庭人口数)) & (f.劳动力人数 * 4 > f.家庭人口数)),
    "H3": Rule("错误", "户主身份证号校验不通过", "户主证件号码",
        lambda f, year: _wrong_id_card(f.户主证件号码)),
    "H117": Rule("提示", "联系电话不是手机号码", "联系电话",
        lambda f, year: f.联系电话.notna() & ~f.联系电话.str.fullmatch("1[3-9][0-9]{9}", na=False)),
    "H24_water": Rule("疑点", "是否解决安全饮用水空白", "是否解决安全饮用水",
        lambda f, year: f.是否解决安全饮用水.isna()),
    "H24_toilet": Rule("疑点", "是否有卫生厕所空白", "是否有卫生厕所",
        lambda f, year: f.是否有卫生厕所.isna()),
    "H24_road": Rule("疑点", "入户路类型空白", "入户路类型", lambda f, year: f.入户路类型.isna()),
    "H24_area": Rule("疑点", "住房面积空白", "住房面积", lambda f, year: f.住房面积.isna()),
    "H24_danger": Rule("疑点", "是否危房空白", "是否危房", lambda f, year: f.是否危房.isna()),
    "H24_distance": Rule("疑点", "与村主干路距离空白", "与村主干路距离",
        lambda f, year: f.与村主干路距离.isna()),
    "H_house": Rule("疑点", "是否危房与危房等级不一致", "是否危房 危房等级",
        lambda f, year: ((f.是否危房 == "是") & f.危房等级.isin(["A", "B"]))
        | ((f.是否危房 == "否") & f.危房等级.isin(["C", "D"]))),
    "H39": Rule("疑点", "无房户却填了房屋结构", "住房面积 房屋主要结构",
        lambda f, year: (f.住房面积 == 0) & f.房屋主要结构.notna()),
    "H39_built": Rule("疑点", "无房户却填了建房时间", "住房面积 建房时间",
        lambda f, year: (f.住房面积 == 0) & f.建房时间.notna()),
    "H_built": Rule("错误", "建房时间晚于本年", "建房时间", lambda f, year: f.建房时间 > year),
    "H131": Rule("疑点", "房屋等级提高而没有住房或搬迁帮扶", "危房等级 危房等级_上年 住房安全保障 搬迁帮扶",
        lambda f, year: f.危房等级_上年.isin(["C", "D"]) & f.危房等级.isin(["A", "B"])
        & _all_blank(f, "住房安全保障 搬迁帮扶")),
    "H106": Rule("疑点", "耕地面积偏大", "耕地面积", lambda f, year: f.耕地面积 > 100),
    "H106_forest": Rule("疑点", "林地面积偏大", "林地面积", lambda f, year: f.林地面积 > 200),
    "H106_returned": Rule("疑点", "退耕还林面积偏大", "退耕还林面积", lambda f, year: f.退耕还林面积 > 200),
    "H106_orchard": Rule("疑点", "林果面积偏大", "林果面积", lambda f, year: f.林果面积 > 200),
    "H107": Rule("疑点", "与村主干路距离偏远", "与村主干路距离", lambda f, year: f.与村主干路距离 > 5),
    "H144": Rule("疑点", "投工天数超过上限", "实际投工天数 劳动力人数",
        lambda f, year: f.实际投工天数 > 10 * f.劳动力人数),
    "H_cash_cap": Rule("提示", "自筹资金超过一事一议筹资上限", "实际自筹资金 家庭人口数",
        lambda f, year: f.实际自筹资金 > 15 * f.家庭人口数),
}  # fmt: skip

NOT_NEGATIVE = (
    f"{FOUR_INCOMES} {WAGES} {TRANSFERS} 种植收入 养殖收入 林果收入 资产收益扶贫分红 土地流转收入 年总收入 "
    "生产经营性支出 种植支出 养殖支出 其他理赔收入 其他合规自付支出 实际自筹资金 实际投工天数 劳动力人数 "
    "与村主干路距离 耕地面积 牧草地面积 水面面积 林地面积 退耕还林面积 林果面积"
)
LIMITS: dict[str, tuple[float, float | None]] = {
    **dict.fromkeys(NOT_NEGATIVE.split(), (0, None)),
    "家庭人口数": (1, None),
    "住房面积": (0, 2000),
    "建房时间": (1850, 2100),
}
PARTS = {
    "工资性收入": WAGES,
    "生产经营性收入": "种植收入 养殖收入 林果收入",
    "财产性收入": "资产收益扶贫分红 土地流转收入",
    "转移性收入": TRANSFERS,
    "生产经营性支出": "种植支出 养殖支出",
}
YES_NO = (
    "是否危房 是否解决安全饮用水 义务教育适龄失学辍学 有家庭成员未参加基本医保 是否有卫生厕所 是否通生活用电 "
    "是否通广播电视 是否通宽带 是否加入农民专业合作社 是否有龙头企业带动 是否军烈属 是否易地扶贫搬迁户"
)
CHOICES = {
    "户主性别": "男 女",
    "贫困户属性": "一般贫困户 低保户 五保户 低保贫困户 一般脱贫户 低保脱贫户 特困供养脱贫户",
    "脱贫状态": "贫困 预脱贫 已脱贫 返贫 注销",
    "主要致贫原因": "因病 因残 因学 因灾 缺土地 缺水 缺技术 缺劳力 缺资金 交通条件落后 自身发展动力不足 因婚 "
    "因丧 其他",
    "入户路类型": "泥土路 砂石路 水泥路 沥青路",
    "主要燃料类型": "柴草 干畜粪 煤炭 清洁能源 其他",
    **dict.fromkeys(YES_NO.split(), "是 否"),
}


def schema(columns: set[str], year: int) -> pa.DataFrameSchema:
    """What a form with these columns is held to: fields, parts and wholes, rules."""
    held = dict.fromkeys(["行政村", "户主姓名", *CHOICES, *LIMITS])
    return pa.DataFrameSchema(
        {name: _field(name) for name in held if name in columns},
        checks=[*_parts(columns), *_rules(columns, year)],
    )


def _field(name: str) -> pa.Column:
    least, most = LIMITS.get(name, (None, None))
    checks = [pa.Check.isin(CHOICES[name].split(), error="unknown_code")] if name in CHOICES else []
    if least is not None:
        checks.append(pa.Check.ge(least, error="range"))
    if most is not None:
        checks.append(pa.Check.le(most, error="range"))
    return pa.Column(nullable=name not in ("行政村", "户主姓名"), checks=checks)


def _parts(columns: set[str]) -> Iterator[pa.Check]:
    """A part that is more than its whole. A failing row is counted, not listed with all its columns."""
    for whole, parts in PARTS.items():
        for part in parts.split():
            if {whole, part} <= columns:
                yield _of_rows(lambda f, part=part, whole=whole: ~(f[part] > f[whole]), "part_over_whole")


def _rules(columns: set[str], year: int) -> Iterator[pa.Check]:
    for name, rule in RULES.items():
        if set(rule.needs.split()) <= columns:
            yield _of_rows(lambda f, fails=rule.fails: ~_truth(fails(f, year), f.index), name)


def _truth(fails: Any, index: pd.Index) -> pd.Series:
    return pd.Series(np.asarray(fails, bool), index=index)


def _of_rows(holds: Callable[..., pd.Series], name: str) -> pa.Check:
    """A check of whole rows; without `n_failure_cases` pandera lists all 60 columns of every failing row."""
    return pa.Check(holds, error=name, ignore_na=False, n_failure_cases=1)
