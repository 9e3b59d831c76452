"""A fault with its cell, the desk on which sheets lie open to be spoilt, and the ways of spoiling them.

A cell is named as it stands when the fault is planted: rows come and go before cells below them are named.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .history import Tables
from .places import TOWNSHIPS
from .sheets import Cell, Row, Sheet
from .workbooks import Book

EAST, CENTRE, WEST = TOWNSHIPS
FIELDS = ("year", "file", "sheet", "cell", "rule", "what")


@dataclass
class Fault:
    """One planted fault; `spoil` is what must still be done to the sheet's total row."""

    year: int
    file: str
    sheet: str
    cell: str
    rule: str
    what: str
    spoil: Callable[[], None] | None = None

    def mar_total(self) -> None:
        """Spoil the total row, which is filled in last."""
        if self.spoil:
            self.spoil()


@dataclass(frozen=True)
class Desk:
    """The files of one year, lying open, beside the tables they were made from."""

    year: int
    tables: Tables
    books: Sequence[Book]

    def open(self, ledger: str, township: str = "") -> tuple[Book, Sheet]:
        """The book and sheet of a ledger."""
        name, sheet = {
            "household": (township, "农户"),
            "member": (township, "成员"),
            "village": ("行政村", None),
            "fund": ("资金", None),
            "project": ("项目", None),
            "benefit": ("受益", None),
            "target": ("目标任务", None),
            "need": ("群众需求", None),
            "correction": ("纠偏", None),
        }[ledger]
        book = next(book for book in self.books if name in book.name)
        return book, book.sheet(sheet) if sheet else book.sheets[0]

    def rows(self, ledger: str, township: str = "") -> pd.DataFrame:
        """The ledger's table, of one township if one is given."""
        table = self.tables[ledger]
        return table[table["township"] == township] if township else table

    def fault(self, place: tuple[Book, Sheet], cell: str, rule: str, what: str) -> Fault:
        """A fault at a cell."""
        book, sheet = place
        return Fault(self.year, book.name, sheet.name, cell, rule, what)

    def mistype(
        self,
        place: tuple[Book, Sheet],
        key: str,
        field: str,
        value: Cell | Callable[[Cell], Cell],
        rules: Mapping[str, str],
        what: str,
    ) -> list[Fault]:
        """Another value in one cell; `rules` says at which field's cell each rule speaks."""
        _, sheet = place
        i = sheet.row(key)
        cells = sheet.rows[i].cells
        cells[sheet.at(field)] = value(cells[sheet.at(field)]) if callable(value) else value
        return [self.fault(place, sheet.address(i, at), rule, what) for rule, at in rules.items()]


def write_list(path: Path, faults: Sequence[Fault]) -> None:
    """FAULTS.csv, as Excel opens it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(FIELDS)
        out.writerows([getattr(fault, field) for field in FIELDS] for fault in faults)


def plus(cell: Cell, more: float) -> float | int:
    """A number, typed as one or as text, and some more."""
    if isinstance(cell, str):
        cell = float(cell.replace(",", ""))
    if not isinstance(cell, int | float):
        raise TypeError(cell)
    return cell + more


def misprint(desk: Desk, place: tuple[Book, Sheet], field: str, header: str) -> Fault:
    """Another header over a field."""
    place[1].headers[field] = header
    return desk.fault(place, place[1].header_address(field), "misspelt_header", "列名写错")


def twice(desk: Desk, place: tuple[Book, Sheet], key: str, field: str = "", more: int = 0) -> list[Fault]:
    """The row of a household once more; where `field` differs both rows contradict each other."""
    sheet = place[1]
    i = sheet.row(key)
    cells = list(sheet.rows[i].cells)
    if field:
        cells[sheet.at(field)] = plus(cells[sheet.at(field)], more)
    sheet.rows.insert(i + 1, Row("data", key, cells))
    second = sheet.address(i + 1, None)
    if not field:
        return [desk.fault(place, second, "repeated_row", "同一户录了两行，内容相同")]
    what = "同一户录了两行，内容不同"
    return [desk.fault(place, cell, "duplicate_key", what) for cell in (sheet.address(i, None), second)]


def wrong_total(desk: Desk) -> Fault:
    """A printed 合计 that is not the sum."""
    place = desk.open("village")
    sheet = place[1]
    i, j = sheet.row("合计"), sheet.at("rural_population")

    def spoil() -> None:
        sheet.rows[i].cells[j] = plus(sheet.rows[i].cells[j], 100)

    fault = desk.fault(place, sheet.address(i, "rural_population"), "total_differs", "合计与各行之和不符")
    fault.spoil = spoil
    return fault


def unreported(desk: Desk, name: str) -> Fault:
    """A village that sends nothing: its row is not in the sheet."""
    place = desk.open("village")
    sheet = place[1]
    del sheet.rows[sheet.row(name)]
    return desk.fault(place, "", "missing", f"{name}未报")
