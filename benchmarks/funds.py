"""How long every table of money takes: 50,000 fund lines, 5,000 projects, 300 villages, five years.

    python benchmarks/funds.py --lines 50000 --projects 5000

Lines are made up, in memory, in the default taxonomy. Printed are seconds of one run on one machine: the
account (labour valued, cumulative differenced, doubles found) is made once a command, each table from it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from povplan.config import load_config
from povplan.leverage import (
    Account,
    delivery,
    effect_of_doubles,
    execution,
    leverage_by_group,
    leverage_by_unit,
    marginal,
    overpaid,
    payment_progress,
    sensitivity,
    shared_documents,
    wages_of,
)
from povplan.model import ENTITY, UNIT
from povplan.units import Tree

YEARS = range(2020, 2025)
VILLAGES = [f"县/镇{number // 15:02}/村{number:03}" for number in range(300)]


def main() -> None:
    """Make the lines up, time every table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--projects", type=int, default=5_000)
    asked = parser.parse_args()
    config = load_config("default")
    assert config.funds
    funds, tree = config.funds, Tree.of(VILLAGES)
    rows = made_up(asked.lines, asked.projects, [source.id for source in funds.sources])
    yearly = {year: part.reset_index(drop=True) for year, part in rows.groupby("year")}
    wages = wages_of(funds, config.parameters, YEARS)
    account = timed("account", lambda: Account.of(yearly, funds, wages))
    years, last = list(YEARS), YEARS[-1]
    categories = pd.Series(
        [f"类{n % 8}" for n in range(asked.projects)], [f"P{n}" for n in range(asked.projects)]
    )
    timed("by unit, one year", lambda: leverage_by_unit(account, tree, [last]))
    timed("by unit, five years", lambda: leverage_by_unit(account, tree, years))
    for by in ("source", "class", "tag", "project", "category", "department", "year"):
        timed(f"by {by}", lambda by=by: leverage_by_group(account, years, by, None, {"category": categories}))
    timed("marginal", lambda: marginal(account, tree, last))
    timed("delivery", lambda: delivery(account, tree, years))
    timed("sensitivity", lambda: sensitivity(account, tree, years))
    timed("effect of doubles", lambda: effect_of_doubles(account, years))
    timed("shared documents", lambda: shared_documents(account.lines))
    timed("payment progress", lambda: execution(payment_progress(account, years)))
    timed("paid ahead of arrival", lambda: overpaid(account, last))


def made_up(lines: int, projects: int, sources: list[str]) -> pd.DataFrame:
    """Typed rows of the ledger `fund`, some carried over, some cumulative, some twice."""
    random = np.random.default_rng(1)
    project = random.integers(0, projects, lines)
    year = random.integers(YEARS[0], YEARS[-1] + 1, lines)
    source = np.array(sources)[random.integers(0, len(sources), lines)]
    labour = source == "household_labour"
    days = pd.array(np.where(labour, random.integers(1, 60, lines), 0), "Float64")
    days[~labour] = pd.NA
    frame = pd.DataFrame(
        {
            ENTITY: [f"Z{number}" for number in range(lines)],
            UNIT: np.array(VILLAGES)[project % len(VILLAGES)],
            "year": year,
            "project_id": [f"P{number}" for number in project],
            "source": source,
            "stage": np.array(["planned", "allocated", "arrived", "paid"])[random.integers(0, 4, lines)],
            "form": np.where(labour, "labour", "cash"),
            "amount": random.integers(1, 500, lines) * 100_000,
            "labour_days": days,
            "date": pd.to_datetime(pd.Series(year).astype(str) + "-06-01").dt.as_unit("s"),
            "document_no": [f"财农{number}" for number in random.integers(0, lines // 5, lines)],
            "department": np.array(["农业局", "水利局", "交通局"])[random.integers(0, 3, lines)],
            "purpose": np.where(random.random(lines) < 0.02, "劳务报酬", "工程款"),
            "amount_kind": np.where(random.random(lines) < 0.1, "cumulative", "single"),
            "carried_over": pd.array(random.random(lines) < 0.03, "boolean"),
            "integrated": pd.array(random.random(lines) < 0.1, "boolean"),
        }
    )
    twice = frame.sample(lines // 100, random_state=1)
    frame = pd.concat([frame.iloc[: lines - len(twice)], twice], ignore_index=True)
    texts = ["project_id", "source", "stage", "form", "document_no", "department", "purpose", "amount_kind"]
    return frame.astype(dict.fromkeys([ENTITY, UNIT, *texts], "string") | {"amount": "Int64"})


def timed(name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, its seconds printed."""
    start = time.perf_counter()
    made = make()
    print(f"{name:24}{time.perf_counter() - start:6.2f} s")
    return made


if __name__ == "__main__":
    main()
