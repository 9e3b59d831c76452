"""Who has reported and who has not (催报名单), and the commonest doubts, of tables passed through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povplan.jobs.passing import Passed
from povplan.messages import Said
from povplan.model import Source, column_letters
from povplan.spec import Ledger, Severity

GRAVEST = ("error", "doubt", "notice")


@dataclass(frozen=True)
class Turnout:
    """One ledger of one year: which of the known villages reported, and which in more than one file."""

    ledger: Ledger
    year: int | None
    """None where nobody says the year of any of its tables."""
    reported: int
    missing: tuple[str, ...] | None
    """None for entries of money or work: a village without any has nothing to report."""
    twice: tuple[tuple[str, tuple[str, ...]], ...]
    """(village, the files that name it), through one form."""


def turnout(passed: Passed) -> list[Turnout]:
    """By ledger in the order of the definitions, then by year."""
    reports = passed.reports
    return [
        _turnout(
            ledger,
            None if rows["undated"].all() else int(str(year)),
            rows,
            passed.villages_in(int(str(year))),
        )
        for name, ledger in passed.config.ledgers.items()
        for year, rows in reports[reports["ledger"] == name].groupby("year", sort=True)
    ]


def _turnout(ledger: Ledger, year: int | None, rows: pd.DataFrame, known: Sequence[str]) -> Turnout:
    present = set(rows["unit"])
    if ledger.level == "entry":
        return Turnout(ledger, year, len(present), None, ())
    missing = tuple(path for path in known if path not in present)
    return Turnout(ledger, year, len(present), missing, tuple(_twice(rows, known)))


def _twice(rows: pd.DataFrame, known: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Villages that several files name through one form, in official order."""
    files = rows.drop_duplicates(["form", "unit", "file"])
    several = files[files.duplicated(["form", "unit"], keep=False)]
    by_unit = {str(unit): tuple(dict.fromkeys(found)) for unit, found in several.groupby("unit")["file"]}
    yield from ((unit, by_unit[unit]) for unit in known if unit in by_unit)


@dataclass(frozen=True)
class Doubt:
    """All findings of one rule in one ledger: how many, and the first of them with its cell."""

    passed: Passed
    rule: str
    severity: Severity
    ledger: str
    count: int
    year: int | None
    source: Source | None
    row: int | None
    column: int | None
    message: Said
    hint: Said

    @property
    def cell(self) -> str | None:
        """`D18`, the bare row where no column is at fault, None where it is the whole sheet."""
        if self.row is None:
            return None
        return f"{column_letters(self.column) if self.column else ''}{self.row}"


def doubts(several: Sequence[Passed]) -> list[Doubt]:
    """Every rule that found something, gravest first, of equals the commonest."""
    found = [doubt for passed in several for doubt in _doubts(passed)]
    return sorted(found, key=lambda one: (GRAVEST.index(one.severity), -one.count))


def _doubts(passed: Passed) -> Iterator[Doubt]:
    ordered = passed.findings.frame.sort_values(["source", "row", "column"], kind="stable")
    for _, rows in ordered.groupby(["rule", "severity", "ledger"], sort=False):
        first = rows.iloc[0]
        yield Doubt(
            passed=passed,
            rule=first["rule"],
            severity=first["severity"],
            ledger=first["ledger"],
            count=len(rows),
            year=_number(first["year"]),
            source=passed.findings.sources.get(_number(first["source"]) or 0),
            row=_number(first["row"]),
            column=_number(first["column"]),
            message=Said(first["message_zh"], first["message_en"]),
            hint=Said(first["hint_zh"], first["hint_en"]),
        )


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
