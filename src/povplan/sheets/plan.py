"""The plan on paper: how far targets are met, who answers for what, what came of it by party."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import pandas as pd

from povplan.evaluation.attained import STATES
from povplan.evaluation.bounds import NEAR
from povplan.evaluation.owners import ownerless
from povplan.evaluation.results import RESULTS, results
from povplan.model import NOTES
from povplan.sheets.book import Book, lines
from povplan.sheets.doubted import doubts_of, marked, with_doubts
from povplan.sheets.facts import Facts
from povplan.sheets.indicators import titled
from povplan.sheets.page import NOT_APPLICABLE, Cell, Column, Look, Row, Sheet, Table
from povplan.spec import Domain, Indicator, ReportSheet

MARKS: Mapping[str, tuple[str, Look]] = {
    "reached": ("✓", "good"),
    "ahead": ("▲", "good"),
    "on_path": ("●", "plain"),
    "behind": ("▼", "bad"),
    "out_of_reach": ("✗", "bad"),
    "not_evaluable": ("—", "muted"),
}
"""Verdict → its mark and colour: never a colour alone."""
TARGET_COLUMNS = (
    "indicator", "unit", "baseline_year", "baseline", "target_year", "goal", "due", "actual", "attainment",
    "gap", "verdict", "reason", "forecast", "department", "person",
)  # fmt: skip
FORECAST_COLUMNS = (
    "indicator", "unit", "target_year", "goal", "actual", "pace_required", "pace_best", "slope", "n_years",
    "forecast", "forecast_low", "forecast_high", "verdict", "reason",
)  # fmt: skip
AMOUNTS = frozenset(
    (
        "baseline", "goal", "due", "actual", "gap", "pace_required", "pace_best", "slope",
        "forecast", "forecast_low", "forecast_high",
    )
)  # fmt: skip
RESULT_COLUMNS = tuple(name for name in RESULTS if name not in ("kind", "view", "attainment_weight", "note"))
OWNER_COLUMNS = ("kind", "label", "unit", "department", "portion", "person", "stated")
WIDTHS = {"indicator": 24.0, "unit": 16.0, "reason": 26.0, "department": 22.0, "label": 34.0, "stated": 26.0}
_PERCENT, _COUNT, _MONEY = "0.0%", "#,##0.##", "#,##0.00"
_RATES = frozenset(("attainment", "reached_share", "on_path_share", "money_rate"))


# ---- 目标完成情况 -----------------------------------------------------------------------------------


def targets_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """Targets by domain with what they are and where they stand; how many in which state; revisions."""
    evaluated = _near(facts.plan.get("evaluated"), facts)
    if evaluated is None or not len(evaluated):
        return
    known = {one.id: one for one in book.indicators}
    doubts = [doubts_of(known.get(line.indicator), facts, book, line.unit) for line in lines(evaluated)]
    evaluated = evaluated.assign(doubts=doubts)
    names = [name for name in TARGET_COLUMNS if name != "person" or book.least is None]
    table = target_table(evaluated, names, book, caption=book.word("plan_table_targets"))
    tables = [
        codes_said(table, evaluated, facts, book),
        _counts(evaluated, book),
    ]
    if (revised := revisions_table(facts.plan["revisions"], book)).rows:
        tables.append(revised)
    yield _sheet(spec, facts, book, tables)


def target_table(evaluated: pd.DataFrame, names: Sequence[str], book: Book, caption: str = "") -> Table:
    """Rows of EVALUATION under the four domains, values as their indicator is printed."""
    known = {one.id: one for one in book.indicators}
    rows: list[Row] = []
    by_line = [(line, known.get(line.indicator)) for line in lines(evaluated)]
    for domain in (*get_args(Domain), None):
        some = [(line, one) for line, one in by_line if (one.domain if one else None) == domain]
        if some and domain:
            rows.append(Row([book.word(f"domain_{domain}")], "section"))
        order = {one.id: number for number, one in enumerate(book.indicators)}
        some.sort(key=lambda pair: order.get(pair[1].id, 0) if pair[1] else 0)
        rows += [Row([target_cell(line, name, one, book) for name in names], level=1) for line, one in some]
    columns = [Column((_heading(name, book),), width=WIDTHS.get(name)) for name in names]
    unsure = "doubts" in evaluated and evaluated["doubts"].any()
    notes = [*([book.word("doubted_note")] * bool(unsure)), book.word("plan_note_attainment")]
    notes += [book.word("plan_note_states"), book.legend]
    return Table(columns, rows, caption, notes)


def target_cell(line: Any, name: str, one: Indicator | None, book: Book) -> Cell:
    """One figure of a target."""
    value = getattr(line, name, None)
    if name == "indicator":
        return Cell(f"{one.label.text(book.lang)}（{book.unit(one)}）" if one else str(line.named))
    if name == "unit":
        return Cell(str(value).rsplit("/", 1)[-1] if not pd.isna(value) else None)
    if name == "verdict":
        mark, look = MARKS[str(value)]
        return marked(Cell(f"{mark} {book.word(f'verdict_{value}')}", look=look), getattr(line, "doubts", 0))
    if name == "reason":
        return Cell(with_doubts(why(line, book), getattr(line, "doubts", 0), book))
    if name == "forecast" and beyond(line):
        return Cell(NOT_APPLICABLE)
    if name in AMOUNTS:
        return amount(value, one, book)
    if name == "attainment":
        return Cell(NOT_APPLICABLE) if pd.isna(value) else Cell(float(value), _PERCENT)
    if pd.isna(value):
        return Cell(None)
    return Cell(int(value), "0") if name in ("baseline_year", "target_year", "n_years") else Cell(str(value))


def amount(value: Any, one: Indicator | None, book: Book) -> Cell:
    """A figure in its indicator's own terms."""
    return Cell(None) if pd.isna(value) or one is None else book.cell(value, None, one)


def why(line: Any, book: Book) -> str | None:
    """Why a target is out of reach, cannot be judged, or has no forecast."""
    told = [] if pd.isna(line.because) else [book.word(f"why_{line.because}")]
    told += [] if pd.isna(line.note) else [NOTES[line.note].text(book.lang)]
    if not told and not pd.isna(line.baseline_from) and line.baseline_from == "ledger":
        told.append(book.word("plan_base_of_ledger"))
    if beyond(line):
        told.append(_comes_to(line, book))
    return "；".join(told) or None


def beyond(line: Any) -> bool:
    """Whether the target's trend leaves what a figure of its kind can be."""
    return str(line.forecast_note) in ("trend_to_none", "trend_to_whole")


def _comes_to(line: Any, book: Book) -> str:
    """When the trend comes to its end; what is there already does not come to it."""
    end = 0.0 if line.forecast_note == "trend_to_none" else 1.0
    if not pd.isna(line.actual) and abs(line.actual - end) <= NEAR:
        return book.word(f"plan_{line.forecast_note}_now")
    if pd.isna(line.bound_year):
        return NOTES[line.forecast_note].text(book.lang)
    return book.word(f"plan_{line.forecast_note}", year=int(line.bound_year))


def codes_said(table: Table, frame: pd.DataFrame, facts: Facts, book: Book) -> Table:
    """The table of a frame with what the codes are, where persons stand under them."""
    coded = "person" in frame and frame["person"].isin(list(facts.coded)).any()
    return replace(table, notes=[*table.notes, book.word("plan_note_persons")]) if coded else table


def _counts(evaluated: pd.DataFrame, book: Book) -> Table:
    """How many targets of each unit stand where."""
    rows = []
    for unit, part in evaluated.groupby("unit", sort=False):
        held = part["verdict"].value_counts()
        counts = [Cell(int(held.get(state, 0)), "#,##0") for state in STATES]
        rows.append(Row([str(unit).rsplit("/", 1)[-1], Cell(len(part), "#,##0"), *counts]))
    heads = [book.word("head_unit"), book.word("head_targets"), *(book.word(f"verdict_{s}") for s in STATES)]
    return Table(Column.plain(*heads), rows, book.word("plan_table_counts"))


def revisions_table(revised: pd.DataFrame, book: Book) -> Table:
    """Every version of the targets that were revised, as `versions` has them: the first before the last."""
    known = {one.id: one for one in book.indicators}
    rows = []
    for line in lines(revised):
        one = known.get(line.indicator)
        day = "" if pd.isna(line.set_on) else f"{line.set_on:%Y-%m-%d}"
        texts = [None if pd.isna(text) else str(text) for text in (line.reason, line.source)]
        held = book.word("plan_superseded" if line.superseded else "plan_in_force")
        rows.append(
            Row(
                [
                    one.label.text(book.lang) if one else str(line.named),
                    None if pd.isna(line.unit) else str(line.unit).rsplit("/", 1)[-1],
                    Cell(int(line.version), "0"), day,
                    None if pd.isna(line.target_year) else Cell(int(line.target_year), "0"),
                    amount(line.value, one, book), held, *texts,
                ]
            )
        )  # fmt: skip
    names = (
        "indicator", "unit", "version", "set_on", "target_year", "goal", "in_force", "revision", "document",
    )  # fmt: skip
    heads = Column.plain(*(book.word(f"plan_head_{name}") for name in names))
    return Table(heads, rows, book.word("plan_table_revisions"))


# ---- 责任清单 -------------------------------------------------------------------------------------


def responsibility_sheet(spec: ReportSheet, facts: Facts, book: Book) -> Iterator[Sheet]:
    """What nobody answers for, who answers for what, and on a sheet of its own what came of it."""
    owned = facts.plan.get("owners")
    if owned is None or not len(owned):
        return
    found = results(facts.plan["evaluated"], facts.plan["projects"], facts.plan["money"])
    found = found[found["kind"] == "department"]
    if facts.department is not None:
        found = found[found["party"] == facts.department]
    rest = owned[owned["department"].notna() | owned["person"].notna()]
    nothing = book.word("plan_all_owned")
    things = rest[rest["kind"] != "fund"]
    answered = owner_table(things, spec.most, book, book.word("plan_table_owners"))
    owners = (
        owner_table(ownerless(owned), spec.most, book, book.word("plan_table_ownerless"), nothing),
        codes_said(answered, things, facts, book),
    )
    yield _sheet(spec, facts, book, owners)
    if len(found):
        yield _sheet(spec, facts, book, [result_table(found, book)], book.word("plan_results"))


def result_table(found: pd.DataFrame, book: Book, names: Sequence[str] = RESULT_COLUMNS) -> Table:
    """RESULTS by party: what is shared divided, then in full, each under a line unless `view` is a column."""
    rows = []
    for view, part in found.groupby("view", sort=False):
        if "view" not in names:
            rows.append(Row([book.word(f"plan_view_{view}")], "section"))
        for line in lines(part):
            rows.append(Row([_result(line, name, book) for name in names], level=1))
    columns = [Column((book.word(f"head_{name}"),), width=WIDTHS.get(name)) for name in names]
    return Table(columns, rows, book.word("plan_table_results"), [book.word("plan_note_split")])


def _result(line: Any, name: str, book: Book) -> Cell:
    value = getattr(line, name)
    if name in ("view", "kind"):
        return Cell(book.word(f"{'view' if name == 'view' else 'party'}_{value}"))
    if name == "party":
        return Cell(book.word("nobody"), look="bad") if pd.isna(value) else Cell(str(value))
    if pd.isna(value):
        return Cell(NOT_APPLICABLE if name in _RATES else None)
    return Cell(float(value), _PERCENT if name in _RATES else _MONEY if name.startswith("money_") else _COUNT)


def owner_table(owned: pd.DataFrame, most: int, book: Book, caption: str, nothing: str = "") -> Table:
    """OWNERS with labels for ids; a note says how many found no room."""
    shown = owned.head(most)
    columns = [Column((_owner_head(name, book),), width=WIDTHS.get(name)) for name in OWNER_COLUMNS]
    rows = [Row([_owner(line, name, book) for name in OWNER_COLUMNS]) for line in lines(shown)]
    more = [book.word("report_rows_more", count=len(owned) - len(shown))] if len(owned) > len(shown) else []
    return Table(columns, rows, caption, more or ([nothing] if nothing and not len(owned) else []))


def _owner(line: Any, name: str, book: Book) -> Cell:
    if name == "kind":
        return Cell(book.word(f"owned_{line.kind}"))
    if name == "label":
        label = line.label_zh if book.lang == "zh" else line.label_en
        funds = {one.id: one.label.text(book.lang) for one in book.funds.sources} if book.funds else {}
        text = funds.get(label, label) if line.kind == "fund" else label
        told = "" if pd.isna(text) else str(text)
        return Cell(f"{told}（{line.id}）" if line.kind in ("fund", "target", "project") else told)
    value = getattr(line, name)
    if name == "department":
        nobody = pd.isna(value) and pd.isna(line.person)
        return (
            Cell(book.word("nobody"), look="bad") if nobody else Cell(None if pd.isna(value) else str(value))
        )
    if pd.isna(value):
        return Cell(None)
    if name == "unit":
        return Cell(str(value).partition("/")[2] or str(value))
    return Cell(float(value), "0%") if name == "portion" else Cell(str(value))


def _owner_head(name: str, book: Book) -> str:
    return book.word({"kind": "head_owned", "department": "head_answers"}.get(name, f"head_{name}"))


def _heading(name: str, book: Book) -> str:
    return book.word({"department": "head_answers", "reason": "head_note"}.get(name, f"head_{name}"))


def _near(frame: pd.DataFrame | None, facts: Facts) -> pd.DataFrame | None:
    """Of the targets, those of the report's own unit and of the units right below it; a department's all."""
    if frame is None or facts.department is not None:
        return frame
    depth = facts.unit.count("/") + 1
    return frame[(frame["unit"].astype("string").str.count("/") <= depth).fillna(True).astype(bool)]


def _sheet(spec: ReportSheet, facts: Facts, book: Book, tables: Sequence[Table], part: str = "") -> Sheet:
    left = book.word("report_left", unit=facts.name, year=facts.year)
    ending = f"·{part}" if part else ""
    name, title = spec.name.text(book.lang) + ending, titled(spec, facts, book) + ending
    return Sheet(name, tuple(tables), title=title, left=left)
