"""The sample county: made the same every time, sound where it is clean, and every planted fault found."""

from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from povplan.excel import read_workbook

SAMPLE = Path(__file__).parents[1] / "sample_data"
YEARS = (2022, 2023, 2024)
SEEDS = (1, 2, 3)
FEW = 100
"""Households of the small clean counties."""
SPECIAL = {"special_central", "special_provincial", "special_county"}
MEMO = {"enterprise", "credit"}
ENDED = {"poverty_incidence", "income_below_line", "relocation_completion"}
"""Indicators whose definitions ended in 2020."""
UNASKED = {"complaints_settled_share", "satisfied_share"}
"""Indicators of what the county does not send: complaints, surveys of satisfaction."""


@cache
def module(name: str) -> Any:
    """A module of the generator, found where make.py finds it."""
    sys.path.insert(0, str(SAMPLE))
    try:
        return importlib.import_module(f"county.{name}")
    finally:
        sys.path.remove(str(SAMPLE))


@cache
def tables(seed: int) -> Any:
    """Year → ledgers as the generator has them."""
    return module("history").county(seed, FEW)


def make(folder: Path, *options: str) -> Path:
    command = [sys.executable, str(SAMPLE / "make.py"), *options, str(folder)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder


@dataclass(frozen=True)
class Answer:
    """What `povplan update --format json` answered."""

    code: int
    json: Any

    def found(self, severity: str = "") -> set[tuple[str, str, str, str]]:
        """(rule, file, sheet, cell) of the findings, of one severity or all."""
        return {
            (one["rule"], one["file"], one["sheet"], one["cell"] or "")
            for one in self.json["findings"]
            if one["status"] != "fixed" and severity in ("", one["severity"])
        }

    def figures(self, indicator: str, year: int) -> dict[str, dict[str, Any]]:
        """Unit → the figure of all money or rows."""
        return {
            one["unit"]: one
            for one in self.json["measures"]
            if (one["indicator"], one["year"]) == (indicator, year) and one["scope"] in (None, "all")
        }


def workspace(folder: Path) -> Path:
    folder.mkdir()
    text = "povplan: 1\nprofile: default\ncounty: {name: 清河县}\n"
    (folder / "povplan.yaml").write_text(text, encoding="utf-8")
    return folder


def update(at: Path, *arguments: str) -> Answer:
    command = [sys.executable, "-m", "povplan", "update", "-w", str(at), "--format", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode in (0, 1), done.stderr
    return Answer(done.returncode, json.loads(done.stdout))


def of_clean(folder: Path, seed: int) -> Answer:
    """A small clean county, all three years in one update that is computed whole but not committed."""
    data = make(folder / "data", "--clean", "--seed", str(seed), "--households", str(FEW))
    at = workspace(folder / "workspace")
    lines = [f"{v.code},清河县,{v.township},{v.name}" for v in module("places").VILLAGES]
    (at / "units.csv").write_text("\n".join(["代码,县,乡镇,村", *lines]), encoding="utf-8")
    return update(at, "--dry-run", str(data))


def of_shipped(folder: Path) -> dict[int, Answer]:
    """The shipped files, year after year."""
    at = workspace(folder / "workspace")
    return {year: update(at, "--year", str(year), str(SAMPLE / str(year))) for year in YEARS}


Runs = Callable[[str], Any]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """What takes long, two at a time: the shipped county, a fresh copy of it, three clean ones."""
    module("places")
    with ThreadPoolExecutor(2) as pool:
        started: dict[str, Future[Any]] = {
            "shipped": pool.submit(of_shipped, tmp_path_factory.mktemp("shipped")),
            "fresh": pool.submit(make, tmp_path_factory.mktemp("fresh")),
            **{
                str(seed): pool.submit(of_clean, tmp_path_factory.mktemp(f"seed{seed}"), seed)
                for seed in SEEDS
            },
        }
        yield lambda name: started[name].result()


def faults() -> list[dict[str, str]]:
    with (SAMPLE / "FAULTS.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# ---- the generator ---------------------------------------------------------------------------------


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        make(tmp_path / name, "--clean", "--seed", "5", "--households", "45") for name in ("first", "second")
    )

    written = [path.relative_to(first) for path in sorted(first.rglob("*")) if path.is_file()]

    assert len(written) == 26
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in written)


def test_the_files_shipped_are_those_of_a_fresh_run(runs: Runs) -> None:
    fresh: Path = runs("fresh")
    names = sorted(path.relative_to(fresh).as_posix() for path in fresh.rglob("*") if path.is_file())
    shipped = [path for year in YEARS for path in (SAMPLE / str(year)).iterdir()]
    lists = ["FAULTS.csv", "units.csv"]

    assert names == sorted([*(path.relative_to(SAMPLE).as_posix() for path in shipped), *lists])
    assert sum(path.stat().st_size for path in shipped) < 1_500_000
    assert [name for name in names if not same(fresh / name, SAMPLE / name)] == []


def same(first: Path, second: Path) -> bool:
    """The same bytes, or, where another library packed them, the same cells."""
    return first.read_bytes() == second.read_bytes() or content(first) == content(second)


def content(path: Path) -> Any:
    """What a file says, whatever library packed it."""
    if path.name in ("FAULTS.csv", "units.csv"):
        return path.read_text(encoding="utf-8-sig")
    return [(grid.sheet, grid.columns, grid.merges) for grid in read_workbook(path).grids]


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_in_the_county_can_be_real(seed: int) -> None:
    people = pd.concat([tables(seed)[year].member for year in YEARS])
    weights = [2 ** (17 - i) % 11 for i in range(18)]

    sums = people["id_card"].map(
        lambda card: sum((10 if c == "X" else int(c)) * w for c, w in zip(card, weights, strict=True)) % 11
    )

    assert people["name"].str.startswith("样本").all()
    assert people["id_card"].str.startswith("990101").all()
    assert (sums == 1).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_who_stays_grows_a_year_older_and_nothing_else_of_them_changes(seed: int) -> None:
    for year in YEARS[1:]:
        before, now = (tables(seed)[y].member.set_index("person_id") for y in (year - 1, year))
        stayed = before.index.intersection(now.index)
        fixed = ["id_card", "sex", "birth_date", "ethnicity", "name"]

        assert 0.9 * len(before) < len(stayed) < len(before)
        assert not now.index.difference(before.index).empty
        assert before.loc[stayed, fixed].equals(now.loc[stayed, fixed])


@pytest.mark.parametrize("seed", SEEDS)
def test_incomes_add_up_and_villages_are_the_sums_of_their_households(seed: int) -> None:
    for year in YEARS:
        homes, people, areas = (tables(seed)[year][name] for name in ("household", "member", "village"))
        parts = homes[["wage", "business", "property", "transfer"]].sum(axis=1)
        poor = homes[homes["poverty_status"].isin(["贫困", "返贫"])].groupby("village")["persons"].sum()
        sizes = people.groupby("household_id").size()

        assert (homes["gross_income"] == parts).all()
        assert (homes["net_income"] == parts - homes["business_cost"]).all()
        assert (homes.set_index("household_id")["persons"] == sizes).all()
        listed = areas.set_index("village")["poor_persons"]
        assert listed[listed > 0].to_dict() == poor.to_dict()


# ---- the clean county ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_county_has_no_error_and_every_row_is_accounted_for(runs: Runs, seed: int) -> None:
    answer: Answer = runs(str(seed))

    lines = {(line["ledger"], line["year"]): line for line in answer.json["coverage"]}

    assert answer.code == 0
    assert answer.json["refused"] == []
    assert answer.found("error") == set()
    assert len(lines) == 23
    for (ledger, year), line in lines.items():
        rows = len(tables(seed)[year][ledger])
        assert line["read"] == line["accepted"] + line["repeated"] + line["waiting"]
        assert (line["read"], line["accepted"], line["entries"]) == (rows, rows, rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_indicator_in_force_has_a_value_for_the_county(runs: Runs, seed: int) -> None:
    found = [
        one
        for one in runs(str(seed)).json["measures"]
        if one["year"] == 2024 and one["unit"] == "清河县" and one["basis"] is None
    ]

    assert len(found) > 35
    assert {one["indicator"] for one in found if one["value"] is None} == ENDED | UNASKED


@pytest.mark.parametrize("seed", SEEDS)
def test_persons_and_households_are_those_of_the_generator(runs: Runs, seed: int) -> None:
    for year in YEARS:
        homes, people, areas = (tables(seed)[year][name] for name in ("household", "member", "village"))

        income = runs(str(seed)).figures("register_income", year)["清河县"]
        spoken = runs(str(seed)).figures("mandarin_share", year)["清河县"]
        rural = runs(str(seed)).figures("rural_income", year)

        assert (income["n"], income["denominator"]) == (len(homes), homes["persons"].sum())
        assert income["numerator"] == homes["net_income"].sum()
        assert spoken["n"] + spoken["left_out"] == len(people)
        assert rural["清河县"]["denominator"] == areas["rural_population"].sum()
        for township, of_township in areas.groupby("township"):
            below = of_township["rural_population"].sum()
            assert rural[f"清河县/{township}"]["denominator"] == below


@pytest.mark.parametrize("seed", SEEDS)
def test_leverage_is_other_money_over_special_money(runs: Runs, seed: int) -> None:
    for year in YEARS:
        expected = leverage(tables(seed)[year].fund)

        found = runs(str(seed)).figures("leverage_others", year)

        known = {unit: one["value"] for unit, one in found.items() if one["value"] is not None}
        assert known == pytest.approx(expected)
        assert {one["basis"] for one in found.values()} == {"paid"}


def leverage(funds: pd.DataFrame) -> dict[str, float]:
    """Unit → paid other money per yuan of paid special money, memo lines left out."""
    special: dict[str, int] = {}
    others: dict[str, int] = {}
    for line in funds[funds["stage"] == "paid"].itertuples():
        if line.source in MEMO:
            continue
        here = special if line.source in SPECIAL else others
        names = ["清河县", line.township, line.village]
        for depth in range(1, 4 if isinstance(line.village, str) else 3):
            unit = "/".join(map(str, names[:depth]))
            here[unit] = here.get(unit, 0) + int(str(line.amount))
    return {unit: others.get(unit, 0) / money for unit, money in special.items()}


# ---- the shipped county ----------------------------------------------------------------------------


@pytest.mark.parametrize("year", YEARS)
def test_every_planted_fault_is_found_at_its_cell_and_no_other_error(runs: Runs, year: int) -> None:
    planted = {
        (one["rule"], one["file"], one["sheet"], one["cell"])
        for one in faults()
        if int(one["year"]) == year and one["rule"] != "missing"
    }

    answer: Answer = runs("shipped")[year]

    assert planted - answer.found() == set()
    assert answer.found("error") - planted == set()
    assert answer.code == 1


def test_who_left_undeclared_is_asked_for_and_who_was_declared_is_not(runs: Runs) -> None:
    """The register of 2024 names eight in nine of those who joined or left; that of 2023 is not sent."""
    now = tables(1)[2024].event
    asked = {
        year: [one for one in runs("shipped")[year].json["findings"] if one["rule"] == "left_unexplained"]
        for year in (2023, 2024)
    }

    assert set(now["event_kind"]) >= {"死亡", "分户", "新识别"}
    assert 0 < len(asked[2024]) < len(asked[2023]) / 3


def test_a_village_that_sent_nothing_is_named(runs: Runs) -> None:
    absent = [one["what"] for one in faults() if one["rule"] == "missing"]

    coverage = runs("shipped")[2024].json["coverage"]

    (villages,) = [line["missing"] for line in coverage if line["ledger"] == "village"]
    assert [f"{path.rsplit('/', 1)[1]}未报" for path in villages] == absent


def test_rows_that_wait_or_repeat_are_counted(runs: Runs) -> None:
    for year, answer in runs("shipped").items():
        for line in answer.json["coverage"]:
            assert line["read"] == line["accepted"] + line["repeated"] + line["waiting"], (year, line)
    of_2023 = {line["ledger"]: line for line in runs("shipped")[2023].json["coverage"]}
    assert (of_2023["household"]["repeated"], of_2023["household"]["waiting"]) == (1, 2)
