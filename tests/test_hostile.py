"""Every hostile and every odd file of the shared fixtures: a table or one clear sentence, within bounds."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from povplan.excel import read_workbook
from povplan.excel.workers import Refused, read_in_workers

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
HOSTILE, YEARBOOKS = FIXTURES / "hostile", FIXTURES / "yearbooks"
MEMORY = 2 << 30
TECHNICAL = re.compile(r"Traceback|[a-z]Error\b|Exception|line \d+|panick|None\b")

pytestmark = [
    pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared fixtures are not here"),
    pytest.mark.usefixtures("in_workers"),
]

READ_ALL_THE_SAME = {
    "calamine/any_sheets.xlsb",  # refused by readers that stop at its chart sheet; its worksheets are sound
    "calamine/issue_385.xls",  # under the built-in password, which Excel opens without asking
}
"""Expected `refuse`, but there is a right way to read them."""


@dataclass(frozen=True)
class Shape:
    """What is worth carrying back from a worker."""

    kind: str
    remarks: tuple[str, ...]
    sheets: tuple[tuple[str, int, int], ...]
    peak: int


def shape(path: Path) -> Shape:
    workbook = read_workbook(path)
    sheets = tuple((grid.sheet, grid.height, grid.width) for grid in workbook.grids)
    return Shape(workbook.kind, workbook.remarks, sheets, _peak())


def _peak() -> int:
    """The most memory this worker has held, in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10


def expectations() -> dict[str, str]:
    with (HOSTILE / "EXPECT.csv").open(encoding="utf-8") as file:
        return {row["file"]: row["class"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def results(in_workers: None) -> Iterator[dict[str, Shape | Refused]]:
    names = list(expectations())
    paths = [HOSTILE / name for name in names]
    yield dict(zip(names, read_in_workers(shape, paths, seconds=30, memory=MEMORY), strict=True))


def of_class(results: dict[str, Shape | Refused], wanted: str) -> dict[str, Shape | Refused]:
    return {name: results[name] for name, kind in expectations().items() if kind == wanted}


def test_what_every_reader_opens_is_read(results: dict[str, Shape | Refused]) -> None:
    refused = {n: r.said.en for n, r in of_class(results, "read").items() if isinstance(r, Refused)}

    assert refused == {}


def test_what_no_reader_opens_is_refused(results: dict[str, Shape | Refused]) -> None:
    read = {n for n, r in of_class(results, "refuse").items() if isinstance(r, Shape)}

    assert read == READ_ALL_THE_SAME


def test_a_refusal_is_a_sentence_in_both_languages(results: dict[str, Shape | Refused]) -> None:
    refusals = [result for result in results.values() if isinstance(result, Refused)]

    for refused in refusals:
        assert refused.trace == ""
        assert refused.said.zh.endswith("。")
        assert refused.said.en.endswith(".")
        assert not TECHNICAL.search(refused.said.zh + refused.said.en)


def test_no_worker_is_killed_or_slow(results: dict[str, Shape | Refused]) -> None:
    said = {name: result.said.zh for name, result in results.items() if isinstance(result, Refused)}

    assert [name for name, zh in said.items() if "意外中断" in zh or "仍未读完" in zh] == []


def test_memory_stays_bounded(results: dict[str, Shape | Refused]) -> None:
    assert max(result.peak for result in results.values() if isinstance(result, Shape)) < 1 << 30


def test_yearbooks_under_the_built_in_password_open() -> None:
    paths = sorted((YEARBOOKS / "encrypted").glob("*.xls"))

    for path, result in zip(paths, read_in_workers(shape, paths), strict=True):
        assert isinstance(result, Shape), path
        assert result.remarks == ("read_default_password",)
        assert result.sheets[0][1] > 20


def test_the_yearbook_that_is_a_web_page_is_read() -> None:
    (path,) = (YEARBOOKS / "html").iterdir()

    workbook = read_workbook(path)

    assert workbook.kind == "html"
    assert workbook.grids[0].height > 20


def test_the_village_ledgers_are_read_at_their_addresses() -> None:
    (funds,) = read_workbook(FIXTURES / "village_ledgers" / "gz2011_conghua-206_funds.xls").grids
    (monthly,) = read_workbook(FIXTURES / "village_ledgers" / "gz2011_conghua-206_monthly.xls").grids

    assert (funds.height, funds.width) == (127, 17)
    assert (monthly.height, monthly.width, len(monthly.merges)) == (128, 65, 31)
    assert sum(cell is None for column in funds.columns for cell in column[1:126]) == 109


def test_errors_and_filtered_rows_of_the_old_format_are_seen() -> None:
    errors = read_workbook(HOSTILE / "sheetjs" / "ErrorTypes.xls").grids
    filtered = read_workbook(HOSTILE / "sheetjs" / "AutoFilter.xls").grids

    raw = next(grid for grid in errors if grid.sheet == "RawErrors")
    bounded = next(grid for grid in filtered if grid.sheet == "NE")
    assert len(raw.errors) == 20
    assert (raw.errors[2, 1], raw.errors[3, 1], raw.row(3)[0]) == ("#NULL!", "#DIV/0!", None)
    assert bounded.hidden_rows == {7, 8, 9}
    assert bounded.height == 22
