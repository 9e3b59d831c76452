"""What a careful analyst would run today instead of povplan, on the same township workbooks.

    python benchmarks/analyst.py --year 2024 --previous 2023.parquet --report 2024.xlsx 乡镇/*.xlsx

pandas with openpyxl reads, pandera checks, groupby measures, `to_excel` writes; codes stay text. Last
year is kept as Parquet, as povplan keeps it, so that only this year's workbooks are read. It knows one
form and one ledger: headers on row 3, under the names that the form has.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from analyst_rules import LAST_YEAR, MONITORING_RANGE, POVERTY_LINE, RULES, in_force, schema
from pandera.errors import SchemaError, SchemaErrors

KEY = "户编号"
CODES = (KEY, "联系电话", "户主证件号码", "银行账号", "帮扶责任人电话")
UNITS = ["县", "乡镇", "行政村"]
Engine = Literal["openpyxl", "calamine"]
AT_LEAST = 10
"""Households without which there is no Gini coefficient."""


@dataclass(frozen=True)
class Answer:
    """What the year comes to."""

    rows: pd.DataFrame
    measures: pd.DataFrame
    """indicator, unit (县/乡镇/行政村), value."""
    changes: pd.DataFrame
    """indicator, unit, value and previous over the villages of both years, absolute, relative, points."""
    findings: pd.DataFrame
    """rule, 户编号, 文件, 行: one line a failing row."""


def answer(
    files: Sequence[Path],
    year: int,
    previous: pd.DataFrame | None,
    workers: int = 1,
    engine: Engine = "openpyxl",
) -> Answer:
    """The whole job but for writing."""
    rows = read(files, workers, engine)
    before = previous if previous is not None else rows.iloc[:0]
    return Answer(rows, measure(rows, year), change(rows, before, year), check(rows, before, year))


def read(files: Sequence[Path], workers: int = 1, engine: Engine = "openpyxl") -> pd.DataFrame:
    """All townships below one another, each row with its file and line."""
    read_one = partial(_read, engine=engine)
    if workers == 1:
        return pd.concat(map(read_one, files), ignore_index=True)
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(pool.map(read_one, files), ignore_index=True)


def _read(path: Path, engine: Engine) -> pd.DataFrame:
    rows = pd.read_excel(path, engine=engine, header=2, dtype=dict.fromkeys(CODES, str))
    return rows.assign(文件=path.name, 行=rows.index + 4).dropna(subset=[KEY])


# ---- rules ------------------------------------------------------------------------------------------


def check(rows: pd.DataFrame, previous: pd.DataFrame, year: int) -> pd.DataFrame:
    """Every failing row of every rule that the form has the columns for."""
    looked_at = [name for name in LAST_YEAR if name in rows and name in previous]
    last = previous[[KEY, *looked_at]].rename(columns={name: f"{name}_上年" for name in looked_at})
    joined = rows.merge(last, how="left", on=KEY, validate="one_to_one") if len(previous) else rows
    try:
        schema(set(joined.columns), year).validate(joined, lazy=True)
    except SchemaErrors as found:
        return pd.concat([_failing(one, joined) for one in found.schema_errors], ignore_index=True)
    return joined.iloc[:0][[KEY, "文件", "行"]].assign(rule="")


def _failing(error: SchemaError, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of one failed check. One for blanks has the rows themselves instead of a truth value each."""
    if error.check_output is None:
        failing, name = error.failure_cases["index"], "required"
    else:
        failing, name = error.check_output.index[~error.check_output], error.check.error
    found: pd.DataFrame = rows.loc[failing, [KEY, "文件", "行"]]
    return found.assign(rule=name)


# ---- figures ----------------------------------------------------------------------------------------


def _share(part: pd.Series, whole: pd.Series | None = None) -> pd.DataFrame:
    """Numerator and denominator of a ratio, rows left out where either is blank; of households by default."""
    rows = pd.DataFrame({"numerator": part, "denominator": 1.0 if whole is None else whole})
    return rows.astype("float64").dropna()


def _below(f: pd.DataFrame, line: float) -> pd.DataFrame:
    """Persons of households below a line, of all persons; nobody where the line is not in force."""
    persons = f["家庭人口数"].mask(f["年纯收入"].isna() | np.isnan(line))
    return _share(persons.mask(f["年纯收入"] >= line * persons, 0), persons)


def _holds(column: pd.Series, value: str) -> pd.Series:
    return (column == value).astype("float64").mask(column.isna())


def _sum(of: pd.Series) -> pd.DataFrame:
    """A numerator alone: what is added up, blanks left out."""
    return of.astype("float64").dropna().to_frame("numerator")


SUMS: dict[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
    "register_households": lambda f, year: _sum(pd.Series(1.0, index=f.index)),
    "register_persons": lambda f, year: _sum(f["家庭人口数"]),
    "wage_total": lambda f, year: _sum(f["工资性收入"]),
    "business_total": lambda f, year: _sum(f["生产经营性收入"]),
    "property_total": lambda f, year: _sum(f["财产性收入"]),
    "transfer_total": lambda f, year: _sum(f["转移性收入"]),
    "business_cost_total": lambda f, year: _sum(f["生产经营性支出"]),
    "net_income_total": lambda f, year: _sum(f["年纯收入"]),
    "register_income": lambda f, year: _share(f["年纯收入"], f["家庭人口数"]),
    "income_below_line": lambda f, year: _below(f, in_force(POVERTY_LINE, year)),
    "income_below_range": lambda f, year: _below(f, in_force(MONITORING_RANGE, year)),
    "wage_share": lambda f, year: _share(f["工资性收入"], _of(f, "年总收入")),
    "transfer_share": lambda f, year: _share(f["转移性收入"], _of(f, "年总收入")),
    "clean_fuel_share": lambda f, year: _share(_holds(f["主要燃料类型"], "清洁能源")),
    "sanitary_toilet_share": lambda f, year: _share(_holds(f["是否有卫生厕所"], "是")),
    "eco_compensation_per_household": lambda f, year: _share(f["生态补偿金"]),
}
"""Sums, and ratios as sum over sum, at every level."""
GINI = "income_gini"
LABELS = {
    "register_households": ("社会", "在册户数", "户"),
    "register_persons": ("社会", "在册人口", "人"),
    "wage_total": ("经济", "工资性收入", "元"),
    "business_total": ("经济", "生产经营性收入", "元"),
    "property_total": ("经济", "财产性收入", "元"),
    "transfer_total": ("经济", "转移性收入", "元"),
    "business_cost_total": ("经济", "生产经营性支出", "元"),
    "net_income_total": ("经济", "年纯收入", "元"),
    "register_income": ("经济", "在册户人均纯收入", "元"),
    "income_below_line": ("经济", "收入低于扶贫标准人口比例", "%"),
    "income_below_range": ("经济", "收入低于监测范围人口比例", "%"),
    "wage_share": ("经济", "工资性收入占比", "%"),
    "transfer_share": ("经济", "转移性收入占比", "%"),
    GINI: ("经济", "在册户人均纯收入基尼系数(按户)", "ratio"),
    "clean_fuel_share": ("生态", "使用清洁能源户比例", "%"),
    "sanitary_toilet_share": ("生态", "有卫生厕所户比例", "%"),
    "eco_compensation_per_household": ("生态", "户均生态补偿收入", "元"),
}
RATES = [name for name, (_, _, unit) in LABELS.items() if unit == "%"]


def measure(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Every indicator of the household ledger, by county, township and village."""
    return _measured(rows, {name: parts(rows, year) for name, parts in SUMS.items()}, _incomes(rows))


def change(rows: pd.DataFrame, previous: pd.DataFrame, year: int) -> pd.DataFrame:
    """This year against the last, over the villages that have the figure in both."""
    if not len(previous):
        return measure(rows, year).iloc[:0]
    now = {name: parts(rows, year) for name, parts in SUMS.items()}
    before = {name: parts(previous, year - 1) for name, parts in SUMS.items()}
    incomes, incomes_before = _incomes(rows), _incomes(previous)
    village, village_before = (_paths(frame, UNITS) for frame in (rows, previous))
    for name in SUMS:
        now[name], before[name] = _in_both(now[name], before[name], village, village_before)
    incomes, incomes_before = _in_both(incomes, incomes_before, village, village_before)
    both = _measured(rows, now, incomes).merge(
        _measured(previous, before, incomes_before).rename(columns={"value": "previous"}),
        how="left",
        on=["indicator", "unit"],
    )
    absolute, rate = both["value"] - both["previous"], both["indicator"].isin(RATES)
    relative = (absolute / both["previous"].abs().mask(both["previous"] == 0)).mask(rate)
    return both.assign(absolute=absolute, relative=relative, points=(absolute * 100).where(rate))


def _in_both(
    now: pd.DataFrame, before: pd.DataFrame, village: pd.Series, village_before: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    here, there = village[now.index], village_before[before.index]
    return now[here.isin(there.unique())], before[there.isin(here.unique())]


def _of(f: pd.DataFrame, name: str) -> pd.Series:
    """A column, blank throughout where the form lacks it."""
    return f[name] if name in f else pd.Series(np.nan, index=f.index)


def _incomes(f: pd.DataFrame) -> pd.DataFrame:
    """Income per head of each household, in ascending order."""
    incomes = f["年纯收入"] / f["家庭人口数"].mask(f["家庭人口数"] == 0)
    return incomes.dropna().sort_values(kind="stable").to_frame("income")


def _paths(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Where each row lies; parts that are few are joined once, not row by row."""
    units = rows[columns].drop_duplicates()
    path = units[columns].agg("/".join, axis="columns")
    named = units.assign(unit=path).merge(rows[columns].reset_index(), on=columns)
    return named.set_index("index")["unit"].reindex(rows.index)


def _measured(rows: pd.DataFrame, sums: dict[str, pd.DataFrame], incomes: pd.DataFrame) -> pd.DataFrame:
    found = []
    for depth in range(1, len(UNITS) + 1):
        path = _paths(rows, UNITS[:depth])
        units = pd.Index(path.unique(), name="unit")
        values = {
            name: _value(parts.groupby(path[parts.index], sort=False).sum()) for name, parts in sums.items()
        }
        values[GINI] = _gini(incomes["income"], path[incomes.index])
        for name, value in values.items():
            found.append(value.reindex(units).rename("value").reset_index().assign(indicator=name))
    return pd.concat(found, ignore_index=True)[["indicator", "unit", "value"]]


def _value(sums: pd.DataFrame) -> pd.Series:
    """The sum itself, or sum over sum; blank where there is nothing to divide by."""
    if "denominator" not in sums:
        return sums["numerator"]
    return sums["numerator"] / sums["denominator"].mask(sums["denominator"] == 0)


def _gini(ascending: pd.Series, path: pd.Series) -> pd.Series:
    """2 Σ i·y_i / (n Σ y) - (n+1)/n of every unit, y ascending."""
    groups = ascending.groupby(path, sort=False)
    ranked = (ascending * (groups.cumcount() + 1)).groupby(path, sort=False).sum()
    total, n = groups.sum(), groups.size()
    return (2 * ranked / (n * total) - (n + 1) / n).where((total > 0) & (n >= AT_LEAST))


# ---- tables -----------------------------------------------------------------------------------------


def write(found: Answer, path: Path, year: int) -> None:
    """The tables of the yearly workbook: indicators by unit, change, coverage, findings."""
    labels = pd.DataFrame(LABELS, index=["领域", "指标", "单位"]).T.rename_axis("indicator").reset_index()
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        _overview(found, labels).to_excel(book, sheet_name="县乡指标", index=False)
        for domain, some in labels.groupby("领域", sort=False):
            _villages(found, some).to_excel(book, sheet_name=f"村级·{domain}", index=False)
        found.changes.merge(labels, on="indicator").to_excel(book, sheet_name="年度变化", index=False)
        _coverage(found, year).to_excel(book, sheet_name="数据覆盖", index=False)
        _listed(found.findings, year).to_excel(book, sheet_name="疑点清单", index=False)


def _overview(found: Answer, labels: pd.DataFrame) -> pd.DataFrame:
    at = found.measures[found.measures["unit"].str.count("/") < 2]
    wide = at.pivot(index="indicator", columns="unit", values="value")[at["unit"].unique()]
    return labels.merge(wide.reset_index(), on="indicator").drop(columns="indicator")


def _villages(found: Answer, labels: pd.DataFrame) -> pd.DataFrame:
    at = found.measures[found.measures["unit"].str.count("/") == 2].merge(labels, on="indicator")
    wide = at.pivot(index="unit", columns="指标", values="value").loc[at["unit"].unique(), labels["指标"]]
    places = wide.index.to_series().str.split("/", expand=True)[[1, 2]].set_axis(UNITS[1:], axis=1)
    return pd.concat([places, wide], axis=1)


def _coverage(found: Answer, year: int) -> pd.DataFrame:
    townships = found.rows.groupby("乡镇", sort=False)
    flagged = found.rows[KEY].isin(found.findings[KEY]).groupby(found.rows["乡镇"], sort=False).sum()
    table = pd.DataFrame({"读入": townships.size(), "有疑点": flagged, "村数": townships["行政村"].nunique()})
    return table.reset_index().assign(年份=year)


def _listed(findings: pd.DataFrame, year: int) -> pd.DataFrame:
    others = {
        "required": "必填项空白",
        "range": "超出范围",
        "part_over_whole": "其中项大于合计",
        "unknown_code": "代码表没有",
    }
    severity = findings["rule"].map({name: rule.severity for name, rule in RULES.items()})
    label = findings["rule"].map({name: rule.label for name, rule in RULES.items()} | others)
    return findings.assign(严重程度=severity, 内容=label, 年份=year)


def main() -> None:
    """Read, check, measure, compare; keep the rows for next year; write the workbook if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--previous", type=Path, help="last year's rows, as --keep left them")
    parser.add_argument("--keep", type=Path, help="where this year's rows go, for next year")
    parser.add_argument("--report", type=Path, help="the workbook; none: figures only")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", choices=["openpyxl", "calamine"], default="openpyxl")
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    previous = pd.read_parquet(asked.previous) if asked.previous else None
    found = answer(asked.files, asked.year, previous, asked.workers, asked.engine)
    if asked.keep:
        found.rows.to_parquet(asked.keep)
    if asked.report:
        write(found, asked.report, asked.year)
    print(f"{len(found.rows):,} rows, {len(found.measures):,} figures, {len(found.findings):,} findings")


if __name__ == "__main__":
    main()
