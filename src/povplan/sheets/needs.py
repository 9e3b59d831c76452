"""群众需求与问题台账 on paper: where needs wait, what is unmet, whether money fits; then need by need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povplan.needs.standing import STATUSES
from povplan.sheets.book import Book, lines
from povplan.sheets.deviations import head, place_said
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import NOT_APPLICABLE, Cell, Column, Row, Sheet, Table
from povplan.spec import ReportSheet

LIST = (
    "unit", "what", "need_kind", "urgency", "households", "raised_on", "proposal", "proposed_on", "reply",
    "replied_on", "refusal", "project", "closed_on", "satisfaction", "status", "waiting_days",
)  # fmt: skip
STATUS = ("unit", "need_kind", "needs", *STATUSES, "unmet_households", "unmet_share")
UNMET = ("unit", "needs", *STATUSES, "need_households", "unmet_needs", "unmet_households", "unmet_share")
WAITING = ("waiting", "waiting_days_mean", "waiting_longest", "waiting_over", "answered_days")
FIT = ("unit", "fit_label", "money", "money_share", "cause_households", "cause_share", "needs", "need_share")
RATES = frozenset(("unmet_share", "money_share", "cause_share", "need_share"))
WIDTHS = {"what": 34.0, "unit": 16.0, "proposal": 24.0, "refusal": 20.0, "fit_label": 26.0}
OPEN = ("at_township", "at_county", "agreed")


def needs_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Where needs wait, by kind and unit; whether money fits; the needs, those that wait longest first."""
    found = facts.plan.get("needs")
    if found is None or not len(found):
        return
    depth = facts.unit.count("/") + 1
    tables = []
    for name in ("needs_unmet", "needs_fit"):
        frame = facts.plan.get(name)
        if frame is not None and len(frame):
            near = frame[frame["unit"].astype("string").str.count("/") <= depth]
            tables.append(table_of(name.removeprefix("needs_"), near, book))
    ordered = found.sort_values("waiting_days", ascending=False, kind="stable", na_position="last")
    shown = ordered.head(spec.most)
    listed = table_of("list", shown, book)
    more = [book.word("report_rows_more", count=len(found) - len(shown))] if len(found) > len(shown) else []
    tables.append(Table(listed.columns, listed.rows, listed.title, [*listed.notes, *more]))
    left = book.word("report_left", unit=facts.name, year=facts.year)
    yield Sheet(spec.name.text(book.lang), tuple(tables), title=titled(spec, facts, book), left=left)


def table_of(what: str, frame: pd.DataFrame, book: Book) -> Table:
    """One view of `needs` with words for its codes."""
    caption = book.word(f"needs_table_{what}")
    if what == "waiting":
        return _waiting(frame, caption, book)
    names = {"list": LIST, "status": STATUS, "unmet": UNMET, "fit": FIT}[what]
    shown = frame.assign(fit_label=frame[f"label_{book.lang}"]) if what == "fit" else frame
    columns = [Column((head(name, book),), width=WIDTHS.get(name)) for name in names]
    rows = [Row([cell(line, name, book) for name in names]) for line in lines(shown)]
    notes = [book.word(f"needs_note_{what}")] if what in ("fit", "unmet") else []
    return Table(columns, rows, caption, notes)


def cell(line: Any, name: str, book: Book) -> Cell:
    """One cell of a table of needs."""
    value = getattr(line, name)
    if name == "unit":
        return Cell(place_said(value))
    if name == "need_kind" and (value is None or pd.isna(value)):
        return Cell(book.word("needs_no_kind"))
    if value is None or value is pd.NaT or pd.isna(value):
        return Cell(NOT_APPLICABLE if name in RATES else None)
    if name == "status":
        return Cell(book.word(f"need_status_{value}"), look="plain" if value not in OPEN else "strong")
    if isinstance(value, pd.Timestamp):
        return Cell(f"{value:%Y-%m-%d}")
    if isinstance(value, int | float | np.number):
        return Cell(float(value), "0.0%") if name in RATES else _number(value)
    return Cell(str(value))


def _waiting(measures: pd.DataFrame, caption: str, book: Book) -> Table:
    """Units down; at township and county: how many wait, how long, and how long answers took."""
    wide = measures.pivot(index="unit", columns="indicator", values="value")
    units = list(measures["unit"].unique())
    columns = [Column((head("unit", book),), width=WIDTHS["unit"])]
    keys: list[str] = []
    for level in ("township", "county"):
        of_level = (
            f"waiting_{level}",
            f"waiting_{level}_days",
            f"waiting_{level}_longest",
            f"waiting_{level}_over",
            f"answered_{level}_days",
        )
        keys += of_level
        group = book.word(f"need_status_at_{level}")
        columns += [Column((group, head(name, book))) for name in WAITING]
    rows = [Row([place_said(unit), *(_days(wide.at[unit, key]) for key in keys)]) for unit in units]
    return Table(columns, rows, caption, [book.word("needs_note_waiting")])


def _days(value: Any) -> Cell:
    return Cell(None) if pd.isna(value) else _number(value)


def _number(value: Any) -> Cell:
    return Cell(float(value), "#,##0" if float(value).is_integer() else "#,##0.00")


def sentences(found: pd.DataFrame, book: Book) -> Sequence[str]:
    """What a notice says of the needs of a unit."""
    if not len(found):
        return ()
    held = found["status"].value_counts()
    counts = {one: int(held.get(one, 0)) for one in STATUSES}
    longest = found["waiting_days"].max()
    told = [book.word("notice_needs", needs=len(found), **counts)]
    if not pd.isna(longest):
        told.append(book.word("notice_needs_longest", days=int(longest)))
    return told
