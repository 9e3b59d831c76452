"""Checking alone: povplan against the same rules written by hand in pandas, and against pandera, in one run.

    python benchmarks/checking.py --households 200000

A household table of some 60 columns and the year before it are made in memory, faults planted. Three do the
same work on it, and must find the same number of failing rows for every rule:

povplan  `checks.check` over the typed table: findings in words with cells and digests, counts per rule
hand     `analyst_rules.py` in plain pandas, whole yuan in floats: one mask a rule, counted
pandera  the same masks as a schema, validated lazily

Compared are the rules that a single table can express: rules of the ledger, limits, parts and wholes,
required fields. Beside them the whole ledger is timed, and its patterns, which the others do not have.
Seconds drift with the machine; what counts are the ratios of processor time of one run.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import analyst_rules
import large_county
import numpy as np
import pandas as pd
import pandera.pandas as pa

from povplan.checks import Checked, check
from povplan.config import Config, load_config
from povplan.formulas import Rows
from povplan.model import DTYPES, ENTITY, ROW, SOURCE, UNIT
from povplan.spec import Ledger, LedgerField

YEAR = 2024
REQUIRED = ("行政村", "户主姓名")
FAULTS = 0.0005
"""Share of the rows in which each fault is planted."""


def main() -> None:
    """Make the tables, let all three check them, print seconds of processor time and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=3, help="rounds; the fastest of each is printed")
    asked = parser.parse_args()
    compare(asked.households, asked.times)


def compare(households: int, times: int) -> dict[str, float]:
    """Processor seconds of each, the fastest of several rounds, after their counts were held together."""
    config = load_config("default")
    now, before = table(households, YEAR), table(households, YEAR - 1)
    ledger = config.ledgers["household"]
    same, bare = expressible(ledger, now), ledger.model_copy(update={"patterns": ()})
    frames = typed(ledger, now), typed(ledger, before)
    work: dict[str, Callable[[], Any]] = {
        "povplan": partial(checked, config, same, *frames),
        "hand": partial(by_hand, now, before),
        "pandera": partial(with_pandera, now, before),
        "povplan, every rule": partial(checked, config, bare, *frames),
        "povplan, rules and patterns": partial(checked, config, ledger, *frames),
    }
    found = {name: run() for name, run in work.items()}
    held_together(found, same)
    seconds = {name: min(timed(run) for _ in range(times)) for name, run in work.items()}
    print(f"{households:,} households, {now.shape[1]} columns, {len(found['hand'])} rules, ", end="")
    print(f"{len(found['povplan'].findings):,} findings")
    for name, spent in seconds.items():
        print(f"{name:30}{spent:8.2f} s{spent / seconds['hand']:8.2f} x by hand")
    print(f"pandera ÷ povplan {seconds['pandera'] / seconds['povplan']:.1f}")
    return seconds


def timed(run: Callable[[], Any]) -> float:
    """Processor seconds of this process."""
    start = time.process_time()
    run()
    return time.process_time() - start


def held_together(found: Mapping[str, Any], ledger: Ledger) -> None:
    """AssertionError where the three differ in a rule, or compare too few."""
    ours = counts_of(found["povplan"], ledger)
    for other in ("hand", "pandera"):
        theirs = {rule: count for rule, count in found[other].items() if count}
        assert ours == theirs, sorted(set(ours.items()) ^ set(theirs.items()))
    assert len(found["hand"]) >= 60


# ---- povplan ---------------------------------------------------------------------------------------


def checked(config: Config, ledger: Ledger, now: pd.DataFrame, before: pd.DataFrame) -> Checked:
    """Everything that the ledger declares, on rows of which nothing is remembered."""
    rows = Rows(now, YEAR, date(YEAR, 12, 31), before, {})
    return check(ledger, rows, config.ledgers, config.parameters, config.codes)


def expressible(ledger: Ledger, raw: pd.DataFrame) -> Ledger:
    """The ledger with the rules and limits that the analyst has too, and no others."""
    rules = tuple(rule for rule in ledger.rules if rule.id in _written(raw))
    fields = tuple(_plain(field, raw) for field in ledger.fields)
    return ledger.model_copy(update={"rules": rules, "patterns": (), "fields": fields})


def _plain(field: LedgerField, raw: pd.DataFrame) -> LedgerField:
    """A field with only those declarations that the analyst checks."""
    label = field.label.zh
    update: dict[str, Any] = {"required": label in REQUIRED}
    if label not in analyst_rules.LIMITS or label not in raw:
        update |= {"min": None, "max": None}
    if not any(label in parts.split() for parts in analyst_rules.PARTS.values()):
        update["part_of"] = None
    return field.model_copy(update=update)


def counts_of(found: Checked, ledger: Ledger) -> dict[str, int]:
    """Rule → failing rows; built-in checks by the label of their field."""
    names = {field.id: field.label.zh for field in ledger.fields}
    own = {rule.id for rule in ledger.rules}
    pairs = zip(found.findings["rule"], found.findings["field"].map(names), strict=True)
    return dict(Counter(rule if rule in own else f"{rule} {label}" for rule, label in pairs))


def typed(ledger: Ledger, raw: pd.DataFrame) -> pd.DataFrame:
    """The table as reading gives it: ids for headers, fen for yuan, marks beside the fields."""
    fields = {field.label.zh: field for field in ledger.fields}
    columns = {fields[name].id: _column(raw[name], fields[name]) for name in raw}
    marks = {
        ENTITY: raw["户编号"].astype("string"),
        UNIT: (raw["县"] + "/" + raw["乡镇"] + "/" + raw["行政村"]).astype("string"),
        SOURCE: pd.Series(1, index=raw.index, dtype="Int64"),
        ROW: pd.Series(np.arange(len(raw)) + 4, index=raw.index, dtype="Int64"),
    }
    return pd.DataFrame({**columns, **marks})


def _column(values: pd.Series, field: LedgerField) -> pd.Series:
    if field.type == "money":
        return (values.astype("Float64") * 100).round().astype("Int64")
    if field.type == "boolean":
        return values.map({"是": True, "否": False}).astype("boolean")
    dtype: Any = DTYPES[field.type]
    return values.astype(dtype)


# ---- by hand, and with pandera ---------------------------------------------------------------------


def by_hand(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, int]:
    """Rule → failing rows, a mask at a time."""
    frame = with_last_year(now, before)
    return {rule: int(np.asarray(fails(frame), bool).sum()) for rule, fails in masks(frame).items()}


def with_pandera(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, int]:
    """The same as one schema: limits and required fields as columns, everything else as checks of rows."""
    frame = with_last_year(now, before)
    whole = {
        rule: fails for rule, fails in masks(frame).items() if rule.split()[0] not in ("required", "range")
    }
    columns = [name for name in dict.fromkeys([*REQUIRED, *analyst_rules.LIMITS]) if name in frame]
    schema = pa.DataFrameSchema(
        {name: _as_column(name) for name in columns},
        checks=[_as_check(rule, fails) for rule, fails in whole.items()],
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        counts: Counter[str] = Counter()
        for error in broken.schema_errors:
            counts[_told(error)] += _failing(error)
        return dict(counts)
    return {}


def _as_column(name: str) -> pa.Column:
    least, most = analyst_rules.LIMITS.get(name, (None, None))
    checks = [] if least is None else [pa.Check.ge(least, error="range")]
    checks += [] if most is None else [pa.Check.le(most, error="range")]
    return pa.Column(nullable=name not in REQUIRED, checks=checks)


def _told(error: Any) -> str:
    """The rule that a fault of pandera's is about."""
    if error.check == "not_nullable":
        return f"required {error.schema.name}"
    return f"range {error.schema.name}" if error.check.error == "range" else str(error.check.error)


def _failing(error: Any) -> int:
    if error.check == "not_nullable":
        return len(error.failure_cases)
    return int((~np.asarray(error.check_output, bool)).sum())


def _as_check(rule: str, fails: Callable[[pd.DataFrame], Any]) -> pa.Check:
    """A check of whole rows; without `n_failure_cases` every failing row is listed with all its columns."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(~np.asarray(fails(frame), bool), index=frame.index)

    return pa.Check(holds, error=rule, ignore_na=False, n_failure_cases=1)


def with_last_year(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns of last year that rules look back at, joined by household."""
    last = before[["户编号", *analyst_rules.LAST_YEAR]].add_suffix("_上年")
    return now.merge(last, how="left", left_on="户编号", right_on="户编号_上年")


def _written(raw: pd.DataFrame) -> list[str]:
    """The analyst's rules whose columns the table has."""
    columns = {*raw, *(f"{name}_上年" for name in analyst_rules.LAST_YEAR)}
    return [name for name, rule in analyst_rules.RULES.items() if set(rule.needs.split()) <= columns]


def masks(frame: pd.DataFrame) -> dict[str, Callable[[pd.DataFrame], Any]]:
    """Rule → where it fails."""
    found: dict[str, Callable[[pd.DataFrame], Any]] = {}
    for name in REQUIRED:
        found[f"required {name}"] = partial(_blank, name)
    for name, (least, most) in analyst_rules.LIMITS.items():
        if name in frame:
            found[f"range {name}"] = partial(_outside, name, least, most)
    for whole, parts in analyst_rules.PARTS.items():
        for part in parts.split():
            if {part, whole} <= {*frame}:
                found[f"part_over_whole {part}"] = partial(_above, part, whole)
    for name in _written(frame):
        found[name] = partial(_fails, name)
    return found


def _blank(name: str, frame: pd.DataFrame) -> Any:
    return frame[name].isna()


def _outside(name: str, least: float, most: float | None, frame: pd.DataFrame) -> Any:
    below = frame[name] < least
    return below if most is None else below | (frame[name] > most)


def _above(part: str, whole: str, frame: pd.DataFrame) -> Any:
    return frame[part] > frame[whole]


def _fails(rule: str, frame: pd.DataFrame) -> Any:
    return analyst_rules.RULES[rule].fails(frame, YEAR)


# ---- the table -------------------------------------------------------------------------------------


def table(households: int, year: int) -> pd.DataFrame:
    """A county's households, each fault planted in one row of two thousand; the same every time."""
    townships = max(1, households // 8000)
    parts = [_township(t, households // townships) for t in range(townships)]
    raw = pd.concat(parts, ignore_index=True)
    raw = raw.drop(
        columns=["村民小组", "是否通广播电视", "是否有龙头企业带动", "是否军烈属", "是否加入农民专业合作社"]
    )
    draw = np.random.default_rng(year)
    amounts = raw.select_dtypes("float").columns
    raw[amounts] = raw[amounts].mul(1 if year == YEAR else 0.95).round(2)
    raw = _sound(raw.assign(**_more(draw, raw)))
    return raw.assign(**{name: _planted(draw, raw[name], by) for name, by in _faults().items()})


def _township(township: int, households: int) -> pd.DataFrame:
    drawn = np.random.default_rng(township)
    return pd.DataFrame(large_county._columns(drawn, township, households))


def _more(draw: np.random.Generator, raw: pd.DataFrame) -> dict[str, Any]:
    """Columns that more rules ask for, sound."""
    n = len(raw)
    wealth = raw[analyst_rules.FOUR_INCOMES.split()].sum(axis=1).round(2)
    some = {
        "监测对象类别": ("脱贫不稳定户", None, None, None),
        "返贫致贫风险": ("因学", "因学,因灾", None),
        "风险是否已消除": ("否", None),
        "风险消除方式": ("自然消除", None),
        "其他致贫原因": ("因残,缺资金", None),
        "危房等级": ("A", "B"),
        "健康帮扶": ("医疗救助", None),
        "社会帮扶": ("捐赠", None),
        "综合保障": ("低保", None),
        "住房安全保障": ("修缮", None),
        "搬迁帮扶": (None,),
    }
    drawn = {name: pd.Series(draw.choice(np.array(codes, object), n)) for name, codes in some.items()}
    return {"年总收入": wealth, "识别时人均纯收入": draw.uniform(3000, 9000, n).round(2), **drawn}


def _sound(raw: pd.DataFrame) -> pd.DataFrame:
    """Workers among the persons, the monitored with a risk, and nobody escaped who is below the range."""
    below = raw["人均纯收入"] < max(analyst_rules.MONITORING_RANGE.values())
    return raw.assign(
        劳动力人数=raw[["劳动力人数", "家庭人口数"]].min(axis=1),
        返贫致贫风险=raw["返贫致贫风险"].fillna("因学"),
        脱贫状态=raw["脱贫状态"].mask(below, "贫困"),
    )


def _faults() -> dict[str, object]:
    """Column → what is planted in it."""
    return {
        "年总收入": 12.5,
        "年纯收入": 1000.0,
        "人均纯收入": 90000.0,
        "工资性收入": 60.0,
        "家庭人口数": 0,
        "劳动力人数": 9,
        "建房时间": 2050,
        "住房面积": 0.0,
        "与村主干路距离": 300.0,
        "耕地面积": 4333.0,
        "林地面积": 900.0,
        "种植收入": 99999.0,
        "务工收入": -5.0,
        "联系电话": "0138000000",
        "脱贫状态": "返贫",
        "是否危房": "是",
        "是否解决安全饮用水": "否",
        "是否通生活用电": "否",
        "户主姓名": None,
        "返贫致贫风险": "因病",
        "风险是否已消除": "是",
        "风险消除方式": "帮扶消除",
        "其他致贫原因": "因残,缺技术,缺资金",
        "危房等级": "D",
        "识别时人均纯收入": 26000.0,
        "是否有卫生厕所": None,
    }


def _planted(draw: np.random.Generator, column: pd.Series, by: object) -> pd.Series:
    return column.mask(pd.Series(draw.random(len(column)) < FAULTS), by)


if __name__ == "__main__":
    main()
