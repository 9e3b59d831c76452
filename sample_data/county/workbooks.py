"""Which files the offices send in a year, and what stands in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .files import write_page, write_text, write_workbook
from .forms import (
    BENEFIT,
    CORRECTION,
    EVENT,
    FUND,
    HOUSEHOLD,
    INSURED,
    JOB,
    MEMBER,
    NEED,
    OTHER_WORDS,
    PROJECT,
    TARGET,
    VILLAGE,
    columns,
)
from .history import Tables
from .places import COUNTY, TOWNSHIPS, VILLAGES, YEARS
from .sheets import Manner, Sheet, chinese, fill, iso

NOTES = (
    "注：本表为虚构样例，人员、编号、金额均由程序生成。",
    "填表人：样本　　审核人：样本　　填表日期：{year}年12月31日",
)
PREFACE = ("填表说明", "一、农户、成员按年填报，一户一行、一人一行。", "二、金额单位为元，面积单位为亩。")
EAST, CENTRE, WEST = TOWNSHIPS


@dataclass
class Book:
    """A file about to be written."""

    year: int
    name: str
    sheets: list[Sheet]
    write: Callable[[Path, Book], None]
    preface: tuple[str, ...] = field(default=())

    def sheet(self, name: str) -> Sheet:
        """One of its sheets."""
        return next(sheet for sheet in self.sheets if sheet.name == name)


def books(year: int, tables: Tables) -> list[Book]:
    """The files of a year, totals not yet filled in."""
    homes = [_township(year, township, tables) for township in TOWNSHIPS]
    spells = [_jobs(year, tables)] if len(tables.job) else []
    county = (_village, _fund, _project, _benefit)
    plan = (_target, _need, _event) if len(tables.target) else ()
    decided = (_correction,) if len(tables.correction) else ()
    return [*homes, *spells, *(book(year, tables) for book in (*county, *plan, *decided))]


def write(folder: Path, book: Book) -> None:
    """Write a book under its year."""
    place = folder / str(book.year)
    place.mkdir(parents=True, exist_ok=True)
    book.write(place / book.name, book)


def manner_of(township: str, year: int) -> Manner:
    """One township types dates and some numbers as text, one writes 年月日, one adds 委会 to villages."""
    if township == CENTRE:
        names = {v.name: f"{v.name}委会" for v in VILLAGES} if year > 2022 else {}
        return Manner(iso, frozenset({"gross_income", "persons"}), villages=names)
    codes = frozenset({"household_id", "person_id"})
    return Manner(chinese, codes=codes) if township == WEST else Manner(codes=codes)


def _township(year: int, township: str, tables: Tables) -> Book:
    manner = manner_of(township, year)
    words = OTHER_WORDS if township == WEST else {}
    more = INSURED if (township, year) == (EAST, YEARS[-1]) else ""
    home, person = columns(HOUSEHOLD, words), columns(MEMBER + more, words)
    homes = tables.household[tables.household["township"] == township]
    people = tables.member[tables.member["township"] == township]
    notes = tuple(note.format(year=year) for note in NOTES)
    return Book(
        year,
        f"{township}{year}年农户成员台账.xlsx",
        [
            Sheet(
                "农户",
                f"{COUNTY}{township}{year}年农户基础台账",
                "单位：元、人、亩",
                home,
                fill(homes, home, "household_id", manner, "village", numbered=False),
                notes,
            ),
            Sheet(
                "成员",
                f"{COUNTY}{township}{year}年家庭成员台账",
                "单位：元、月",
                person,
                fill(people, person, "person_id", manner, numbered=False),
                notes,
            ),
        ],
        _as_workbook,
        PREFACE if township == EAST else (),
    )


def _jobs(year: int, tables: Tables) -> Book:
    form = columns(JOB)
    township = str(tables.job["township"].iloc[0])
    sheet = Sheet(
        "务工记录",
        f"{COUNTY}{township}{year}年务工记录",
        "单位：元",
        form,
        fill(tables.job, form, "person_id", manner_of(township, year)),
        tuple(note.format(year=year) for note in NOTES),
    )
    return Book(year, f"{township}{year}年务工记录.xlsx", [sheet], _as_workbook)


def _village(year: int, tables: Tables) -> Book:
    form = columns(VILLAGE)
    sheet = Sheet(
        "表1" if year == 2022 else "行政村",
        f"{COUNTY}{year}年行政村基础台账",
        "单位：户、人、亩、元、万元",
        form,
        fill(tables.village, form, "village", Manner(), "township"),
        tuple(note.format(year=year) for note in NOTES),
        merged="township",
    )
    if year == 2022:
        return Book(year, f"{COUNTY}{year}年行政村台账.xls", [sheet], _as_page)
    return Book(year, f"{COUNTY}{year}年行政村台账.xlsx", [sheet], _as_workbook)


def _fund(year: int, tables: Tables) -> Book:
    form = columns(FUND)
    sheet = Sheet(
        "资金台账",
        f"{COUNTY}{year}年资金台账",
        "单位：万元",
        form,
        fill(tables.fund, form, "fund_id", Manner()),
        tuple(note.format(year=year) for note in NOTES),
    )
    return Book(year, f"{COUNTY}{year}年资金台账.xlsx", [sheet], _as_workbook)


def _project(year: int, tables: Tables) -> Book:
    form = columns(PROJECT)
    name = f"{COUNTY}{year}年项目台账"
    notes = tuple(note.format(year=year) for note in NOTES)
    rows = fill(tables.project, form, "project_id", Manner())
    as_text = year == 2023
    sheet = Sheet(name if as_text else "项目台账", name, "", form, rows, notes)
    return Book(
        year, f"{name}.csv" if as_text else f"{name}.xlsx", [sheet], _as_text if as_text else _as_workbook
    )


def _benefit(year: int, tables: Tables) -> Book:
    form = columns(BENEFIT)
    sheet = Sheet(
        "受益台账",
        f"{COUNTY}{year}年受益台账",
        "单位：元",
        form,
        fill(tables.benefit, form, "benefit_id", Manner()),
        tuple(note.format(year=year) for note in NOTES),
    )
    return Book(year, f"{COUNTY}{year}年受益台账.xlsx", [sheet], _as_workbook)


def _target(year: int, tables: Tables) -> Book:
    return _list(year, "目标任务台账", tables.target, TARGET, "target_id")


def _need(year: int, tables: Tables) -> Book:
    return _list(year, "群众需求与问题台账", tables.need, NEED, "need_id")


def _event(year: int, tables: Tables) -> Book:
    return _list(year, "变动登记", tables.event, EVENT, "event_kind")


def _correction(year: int, tables: Tables) -> Book:
    form, name = columns(CORRECTION), f"{COUNTY}{year}年纠偏整改台账"
    sheet = Sheet(name, name, "", form, fill(tables.correction, form, "number", Manner()), ())
    return Book(year, f"{name}.csv", [sheet], _as_text)


def _list(year: int, called: str, rows: pd.DataFrame, form: str, key: str) -> Book:
    """A workbook of one plain list."""
    heads, name = columns(form), f"{COUNTY}{year}年{called}"
    notes = tuple(note.format(year=year) for note in NOTES)
    sheet = Sheet(called, name, "", heads, fill(rows, heads, key, Manner()), notes)
    return Book(year, f"{name}.xlsx", [sheet], _as_workbook)


def _as_workbook(path: Path, book: Book) -> None:
    write_workbook(path, book.sheets, book.preface)


def _as_page(path: Path, book: Book) -> None:
    write_page(path, book.sheets[0])


def _as_text(path: Path, book: Book) -> None:
    write_text(path, book.sheets[0])
