"""Resources brought together: the five combinations, money by stage, what stands twice, and any analysis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from povplan.messages import catalogue
from povplan.model import NOTES
from povplan.sheets.book import Book, lines
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import Cell, Column, Row, Sheet, SumOf, Table, number_in
from povplan.sheets.views import AMOUNTS, THREE, is_missing, is_rate, laid_out, sources_named, word
from povplan.spec import ReportSheet

MONEY, RATIO, PERCENT = "#,##0.00", "0.0000", "0.0%"
WIDTHS = {"project_name": 26.0, "marks": 30.0, "note": 26.0}


def combinations_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The five combinations 五个结合: each cut of the same money with its shares and its ratio."""
    frame = facts.money.get("tag")
    if frame is None or not len(frame):
        return
    factor = book.money_factor(spec.money)
    rows: list[Row] = []
    for by, part in frame[frame["scope"] == "all"].groupby("by", sort=False):
        rows.append(Row([book.word(f"tag_{by}")], "section"))
        first = len(rows)
        rows += [_group(line, factor, book) for line in lines(part)]
        rows.append(_sum(rows, range(first, len(rows)), book))
    heads = ("combination", "lever", "others", "total", "share", "per_yuan", "note")
    columns = Column.plain(*(book.word(f"report_group_{name}") for name in heads))
    yield _sheet(spec, facts, book, [Table(columns, rows, notes=[book.word("report_combinations_note")])])


def stages_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Money by source and stage, what was carried in, and what was paid over each stage."""
    frame, rates = facts.money.get("stages"), facts.money.get("execution")
    if frame is None or rates is None or not len(frame) or book.funds is None:
        return
    factor = book.money_factor(spec.money)
    some = set(frame.loc[frame["amount"].notna(), "stage"])
    stages = [stage for stage in book.funds.stages if stage.id in some]
    bases = [base for base in ("planned", "allocated", "arrived") if base in set(rates["base"])]
    by_source = dict(iter(rates.groupby(["class", "source"], dropna=False, sort=False)))
    rows = []
    for key, part in frame.groupby(["class", "source"], dropna=False, sort=False):
        amounts = part.set_index("stage")
        cells = [_amount(amounts["amount"].get(stage.id), factor) for stage in stages]
        carried = _amount(amounts["carried_in"].get("allocated"), factor)
        rate = by_source[key].set_index("base")["value"] if key in by_source else pd.Series(dtype=float)
        shown = [_percent(rate.get(base)) for base in bases]
        rows.append(_source_row(key, [*cells, carried, *shown], book))
    columns = [Column((book.word("head_source"),), width=24)]
    columns += [Column((book.word("report_stages"), stage.label.text(book.lang))) for stage in stages]
    columns += [Column((book.word("head_carried_in"),))]
    columns += [Column((book.word("report_rates"), book.word(f"head_rate_{base}"))) for base in bases]
    yield _sheet(spec, facts, book, [Table(columns, rows, notes=[book.word("report_stages_note")])])


def doubles_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """What stands twice, and what that does to the ratio, step by step."""
    effect, found = facts.money.get("effect"), facts.money.get("doubles")
    if effect is None or found is None or not len(effect):
        return
    factor = book.money_factor(spec.money)
    steps = effect[
        effect["step"].isin(["entered", "counted"]) | effect["out_lever"].ne(0) | effect["out_others"].ne(0)
    ]
    heads = ("step", "scope", "out_lever", "out_others", "lever", "others", "leverage_others", "change")
    first = Table(
        Column.plain(*(book.word(f"head_{name}") for name in heads)),
        [Row(list(_step(line, factor, book))) for line in lines(steps)],
        book.word("title_funds_effect"),
    )
    names = (
        "kind",
        "number",
        "unit",
        "project_id",
        "source",
        "stage",
        "amount",
        "double",
        "out",
        "treatment",
    )
    shown = found.head(spec.most)
    second = Table(
        Column.plain(*(book.word(f"head_{name}") for name in names)),
        [Row(list(_double(line, factor, book))) for line in lines(shown)],
        book.word("report_doubles", count=len(found), shown=len(shown)),
        [book.word("report_doubles_note")],
    )
    yield _sheet(spec, facts, book, [first, *([second] if second.rows else [])])


def view_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """The analyses that the sheet names, one table below the other; those without rows are left out."""
    some = {name: facts.views[name] for name in spec.views if len(facts.views.get(name, ()))}
    laid = {name: _laid(name, _near(frame, facts), book) for name, frame in some.items()}
    tables = [_view(name, frame, spec.most, facts, book) for name, frame in laid.items()]
    if tables:
        money = any(not AMOUNTS.isdisjoint(frame) for frame in laid.values())
        yield _sheet(spec, facts, book, tables, "元" if money else "")


def _sheet(
    spec: ReportSheet, facts: Facts, book: Book, tables: Sequence[Table], money: str | None = None
) -> Sheet:
    """The tables; over them the unit of money, that of `spec` or another; none where that is empty."""
    unit = spec.money if money is None else money
    return Sheet(
        spec.name.text(book.lang),
        tuple(tables),
        title=titled(spec, facts, book),
        left=book.word("report_left", unit=facts.name, year=facts.year),
        right=book.word("report_money_unit", unit=unit) if unit else "",
    )


def _amount(yuan: Any, factor: float) -> Cell:
    return Cell(None) if is_missing(yuan) else Cell(float(yuan) / factor, MONEY)


def _percent(rate: Any) -> Cell:
    return Cell("—") if is_missing(rate) else Cell(float(rate), PERCENT)


def _group(line: Any, factor: float, book: Book) -> Row:
    """One value of one tag; its ratio has all the special fund below it."""
    name = book.word("tag_unstated") if is_missing(line.group) else book.named("tag", line.group)
    ratio = Cell("—") if is_missing(line.leverage_others) else Cell(float(line.leverage_others), RATIO)
    share = Cell(None) if is_missing(line.share) else Cell(float(line.share) / 100, PERCENT)
    note = "" if is_missing(line.note) else NOTES[line.note].text(book.lang)
    amounts = [_amount(getattr(line, part), factor) for part in ("lever", "others", "total")]
    return Row([name, *amounts, share, ratio, note], level=1)


def _sum(rows: Sequence[Row], of: range, book: Book) -> Row:
    live = SumOf(tuple(of))
    cells = [
        Cell(sum(number_in(rows[number].cells[column]) for number in of), shape, live)
        for column, shape in ((1, MONEY), (2, MONEY), (3, MONEY), (4, PERCENT))
    ]
    return Row([book.word("report_total"), *cells, "", ""], "subtotal")


def _source_row(key: Any, cells: Sequence[Cell], book: Book) -> Row:
    """A class with its sources under it; all together first."""
    assert book.funds is not None
    cls, source = key
    classes = {one.id: one.label.text(book.lang) for one in book.funds.classes}
    sources = {one.id: one.label.text(book.lang) for one in book.funds.sources}
    if is_missing(cls):
        return Row([book.word("money_word_unclassified"), *cells], "subtotal")
    if cls == "":
        return Row([book.word("report_total"), *cells], "total")
    if is_missing(source):
        return Row([classes[cls], *cells], "subtotal")
    return Row([sources[source], *cells], level=1)


def _step(line: Any, factor: float, book: Book) -> Iterator[Cell]:
    yield Cell(book.word(f"money_word_double_{line.step}"))
    yield Cell(book.word(f"scope_{line.scope}"))
    yield from (
        _amount(getattr(line, name), factor) for name in ("out_lever", "out_others", "lever", "others")
    )
    yield Cell("—") if is_missing(line.leverage_others) else Cell(float(line.leverage_others), RATIO)
    yield Cell(None) if is_missing(line.change) else Cell(float(line.change), "+0.0000;-0.0000;0.0000")


def _double(line: Any, factor: float, book: Book) -> Iterator[Cell]:
    assert book.funds is not None
    sources = {one.id: one.label.text(book.lang) for one in book.funds.sources}
    stages = {one.id: one.label.text(book.lang) for one in book.funds.stages}
    yield Cell(book.word(f"money_word_double_{line.kind}"))
    yield Cell(int(line.group) + 1, "0")
    yield Cell("" if is_missing(line.unit) else str(line.unit).split("/", 1)[-1])
    yield Cell("" if is_missing(line.project_id) else str(line.project_id))
    yield Cell(sources.get(line.source, ""))
    yield Cell(stages.get(line.stage, ""))
    yield from (_amount(getattr(line, name), factor) for name in ("amount", "double", "out"))
    yield Cell(book.word(f"money_word_treatment_{line.treatment}"))


def _near(frame: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Of figures by unit, those of the report's own unit and of the units right below it."""
    if "level" not in frame:
        return frame
    return frame[frame["unit"].astype(str).str.count("/") <= facts.unit.count("/") + 1]


def _laid(name: str, frame: pd.DataFrame, book: Book) -> pd.DataFrame:
    command, _, what = name.partition("/")
    return laid_out(sources_named(frame, book.funds, book.lang), command, what, book.lang)


def _view(name: str, laid: pd.DataFrame, most: int, facts: Facts, book: Book) -> Table:
    command, _, what = name.partition("/")
    shown = _poorest(laid, most) if "income" in laid else laid.head(most)
    notes = list(facts.remarks.get(name, ()))
    notes += _said_of(f"view_note_{command}_{what}", notes, book)
    if left := facts.beyond.get(name, 0) + len(laid) - len(shown):
        told = {"what": what, "since": facts.since, "year": facts.year, "shown": len(shown), "count": left}
        notes.insert(0, book.word("report_watched_more" if "income" in laid else "report_rows_more", **told))
    columns = [Column((book.word(f"head_{one}"),), width=WIDTHS.get(str(one))) for one in shown]
    rows = [
        Row([_value(value, str(one), book) for one, value in zip(shown.columns, line, strict=True)])
        for line in shown.itertuples(index=False)
    ]
    return Table(columns, rows, book.word(f"view_{command}_{what}"), [*notes, book.legend])


def _said_of(key: str, notes: Sequence[str], book: Book) -> list[str]:
    """What is always to be known of a view, where there is such a thing and it is not said yet."""
    return [told] if key in catalogue() and (told := book.word(key)) not in notes else []


def _poorest(listed: pd.DataFrame, most: int) -> pd.DataFrame:
    """Of households as many as may be shown, those of the lowest income, in their order."""
    order = np.argsort(listed["income"].to_numpy("float64", na_value=np.inf), kind="stable")
    return listed.iloc[np.sort(order[:most])]


def _value(value: Any, name: str, book: Book) -> Cell:
    if is_missing(value):
        return Cell(None)
    said = word(value, name, book.lang)
    if said is not None:
        return Cell(said)
    if is_rate(name):
        return Cell(float(value), "0.00%")
    whole = float(value).is_integer()
    return Cell(float(value), "0.000" if name in THREE else "#,##0" if whole else MONEY)
