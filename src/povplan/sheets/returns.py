"""What is returned to villages and townships: the list of findings, their count, the ledger of mending.

Frames of findings have the columns of `jobs.returning.told`; they come gravest first and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povplan.messages import say
from povplan.sheets.book import Book, lines
from povplan.sheets.page import Cell, Column, Fonts, Given, Row, Sheet, SumAcross, SumOf, Table, Workbook

STATUSES = ("new", "persisting", "reopened", "waived", "fixed")
USUAL = ("new", "persisting", "fixed")
"""Statuses that are counted even where nothing has them."""
FIRST = 34.0
"""How wide the first column of the statistics is."""
SEVERITIES = ("error", "doubt", "notice")
LOOKS: Mapping[str, Any] = {"error": "bad", "doubt": "strong"}
TABS: Mapping[str, str] = {"error": "#C00000", "doubt": "#FFC000", "notice": "#5B9BD5"}
LIST: Mapping[str, float | None] = {
    "at": 6, "severity": 7, "number": 12.5, "township": 11, "village": 11, "ledger": 13, "entity": 21,
    "name": 10, "rule": None, "rule_label": 22, "message": 44, "place": 32, "hint": 36, "status": 7,
}  # fmt: skip
"""Columns of the list and their widths; unlike those below, their headings are never read back."""
ANSWERS: Mapping[str, float | None] = {
    "number": 12.5, "year": 6, "township": 10, "village": 10, "ledger": 12, "entity": 20, "name": 9,
    "rule": None, "message": 36, "place": 28, "hint": 28, "result": 10, "field": 13, "value": 13,
    "remark": 16, "checker": 9, "checked": 11, "opinion": 10, "approver": 9, "expiry": 11,
}  # fmt: skip
"""Columns of the ledger 问题整改台账 in its order; from `result` on they are filled in by hand."""
CHOICES: Mapping[str, Sequence[str]] = {
    "result": ("corrected", "true", "unknown"),
    "opinion": ("excused", "refused"),
}
TO_ANSWER = ("error", "doubt")


@dataclass(frozen=True)
class Returned:
    """What one workbook of findings is about: an area, a year, a batch."""

    name: str
    year: int
    batch: int | None
    findings: pd.DataFrame
    places: Sequence[str]
    """Paths of the units below the area, in official order."""
    refused: Sequence[tuple[str, str]] = ()
    """Files that were refused, and why."""
    footer: str = ""
    most: int = 1_000_000
    """Findings that each list may hold."""
    elsewhere: str = ""
    """Where the findings stand that find no room."""


def workbook(returned: Returned, book: Book) -> Workbook:
    """List, statistics, ledger of mending and, where there are any, the files refused."""
    sheets = [_list(returned, book), _statistics(returned, book), _answers(returned, book)]
    sheets += [_refused(returned, book)] if returned.refused else []
    return Workbook(sheets, title=_title("returns_book", returned, book), fonts=Fonts())


def _title(key: str, returned: Returned, book: Book) -> str:
    return book.word("report_title", unit=returned.name, year=returned.year, title=book.word(key))


def _sheet(key: str, returned: Returned, book: Book, parts: Sequence[Table], **more: Any) -> Sheet:
    return Sheet(
        book.word(key),
        parts,
        title=_title(key, returned, book),
        left=book.word("returns_left", batch=returned.batch) if returned.batch else "",
        footer=returned.footer,
        numbering=book.word("page_numbering"),
        **more,
    )


# ---- the list -------------------------------------------------------------------------------------------


def _list(returned: Returned, book: Book) -> Sheet:
    """疑点数据清单: every finding with its number, its place and what is to be done."""
    shown = returned.findings.head(returned.most)
    rows = [Row([Cell(at, "0"), *cells]) for at, cells in enumerate(_list_cells(shown, book), 1)]
    columns = [Column((book.word(f"returns_list_{name}"),), width=width) for name, width in LIST.items()]
    notes = [book.word("returns_list_note"), *_more(returned, len(returned.findings) - len(shown), book)]
    worst = next((one for one in SEVERITIES if (shown["severity"] == one).any()), None)
    tab = TABS[worst] if worst else ""
    return _sheet("returns_list", returned, book, [Table(columns, rows, notes=notes)], frozen=3, tab=tab)


def _list_cells(found: pd.DataFrame, book: Book) -> Iterator[list[Given]]:
    words = _Words(book)
    for line in lines(found):
        yield [
            Cell(words.of("severity", line.severity), look=LOOKS.get(line.severity, "plain")),
            line.number,
            *_whose(line, words),
            _known(line.rule),
            _known(line.rule_label),
            _known(line.message),
            _where(line),
            _known(line.hint),
            words.of("status", line.status),
        ]


def _more(returned: Returned, count: int, book: Book) -> list[str]:
    return [book.word("returns_more", count=f"{count:,}", where=returned.elsewhere)] if count > 0 else []


# ---- the ledger of mending ------------------------------------------------------------------------------


def _answers(returned: Returned, book: Book) -> Sheet:
    """问题整改台账: a line for every open error and doubt, and room for the village's answer.

    Its headings are those of the ledger it is read back into, in Chinese whatever the language of the rest.
    """
    found = returned.findings
    open_ = found[found["is_open"] & found["severity"].isin(TO_ANSWER)]
    shown = open_.head(returned.most)
    columns = [
        Column((say(f"answer_{name}").zh,), width=width, choices=_choices(name))
        for name, width in ANSWERS.items()
    ]
    rows = [Row(cells) for cells in _answer_cells(shown, book)]
    notes = [book.word("returns_answers_note"), *_more(returned, len(open_) - len(shown), book)]
    return _sheet("returns_answers", returned, book, [Table(columns, rows, notes=notes)])


def _choices(name: str) -> tuple[str, ...]:
    return tuple(say(f"answer_{name}_{code}").zh for code in CHOICES.get(name, ()))


def _answer_cells(found: pd.DataFrame, book: Book) -> Iterator[list[Given]]:
    words = _Words(book)
    filled = list(ANSWERS).index("result")
    for line in lines(found):
        cells: list[Given] = [
            line.number,
            Cell(None if line.year is None or line.year is pd.NA else int(line.year), "0"),
            *_whose(line, words),
            _known(line.rule),
            _known(line.message),
            _where(line),
            _known(line.hint),
        ]
        yield [*cells, None, _known(line.field_label), *[None] * (len(ANSWERS) - filled - 2)]


# ---- statistics -----------------------------------------------------------------------------------------


def _statistics(returned: Returned, book: Book) -> Sheet:
    """疑点数据统计表: by place, severity and status; then by rule and place."""
    found, places = returned.findings, list(returned.places)
    at = _at_places(found, places)
    tables = [_by_place(found, at, places, book), _by_rule(found, at, places, book)]
    return _sheet("returns_statistics", returned, book, tables)


def _at_places(found: pd.DataFrame, places: Sequence[str]) -> pd.Series:
    """The place below the area that each finding belongs to, empty where it belongs to none."""
    depth = places[0].count("/") + 1 if places else 0
    paths = {unit: "/".join(str(unit).split("/")[:depth]) for unit in found["unit"].dropna().unique()}
    known = set(places)
    told = [path if (path := paths.get(unit, "")) in known else "" for unit in found["unit"]]
    return pd.Series(told, index=found.index, dtype=object)


def _by_place(found: pd.DataFrame, at: pd.Series, places: Sequence[str], book: Book) -> Table:
    """Places down; open findings by severity, their sum, and all findings by status."""
    open_ = found["is_open"]
    by_severity = pd.crosstab(at[open_], found["severity"][open_]) if open_.any() else pd.DataFrame()
    by_status = pd.crosstab(at, found["status"]) if len(found) else pd.DataFrame()
    statuses = [one for one in STATUSES if one in USUAL or one in by_status]
    named = [(place, place.rsplit("/", 1)[-1]) for place in places]
    if (at == "").any():
        named.append(("", book.word("returns_nowhere")))
    rows = []
    for place, name in named:
        counts = [_count(by_severity, place, one) for one in SEVERITIES]
        total = Cell(sum(counts), "#,##0", SumAcross((1, 2, 3)))
        more = [_count(by_status, place, one) for one in statuses]
        rows.append(Row([name, *(_figure(n) for n in counts), total, *(_figure(n) for n in more)]))
    groups = [
        *((book.word("returns_open"), book.named("severity", one)) for one in SEVERITIES),
        (book.word("returns_open"), book.word("report_total")),
        *((book.word("returns_by_status"), book.named("status", one)) for one in statuses),
    ]
    columns = [Column((book.word("returns_place"),)), *(Column(head) for head in groups)]
    rows.append(_total(rows, 1, len(columns), book))
    columns[0] = Column(columns[0].head, width=FIRST)
    return Table(columns, rows, book.word("returns_by_place"))


def _by_rule(found: pd.DataFrame, at: pd.Series, places: Sequence[str], book: Book) -> Table:
    """Rules down, gravest first; places across. Open findings only."""
    open_ = found[found["is_open"]]
    shown = [place for place in places if (at[open_.index] == place).any()]
    counted = open_.assign(place=at[open_.index]).groupby(["severity", "rule", "place"]).size().to_dict()
    labels = dict(zip(open_["rule"], open_["rule_label"], strict=True))
    rows = []
    for severity in SEVERITIES:
        of_rule: dict[Any, int] = open_.loc[open_["severity"] == severity, "rule"].value_counts().to_dict()
        for rule, total in sorted(of_rule.items(), key=lambda one: (-one[1], one[0])):
            here = [counted.get((severity, rule, place), 0) for place in shown]
            grave = Cell(book.named("severity", severity), look=LOOKS.get(severity, "plain"))
            rows.append(Row([_known(labels[rule]), rule, grave, _figure(total), *(_figure(n) for n in here)]))
    heads = [book.word(f"returns_list_{name}") for name in ("rule_label", "rule", "severity")]
    columns = [*Column.plain(*heads, book.word("head_count"))]
    columns[0] = Column(columns[0].head, width=FIRST)
    columns += [Column((place.rsplit("/", 1)[-1],)) for place in shown]
    rows.append(_total(rows, 3, len(columns), book))
    return Table(columns, rows, book.word("returns_by_rule"), [book.word("returns_statistics_note")])


def _total(rows: Sequence[Row], first: int, width: int, book: Book) -> Row:
    whole = SumOf(tuple(range(len(rows))))
    sums = [
        Cell(sum(_number(row.cells[n]) for row in rows), "#,##0", whole if rows else None)
        for n in range(first, width)
    ]
    return Row([book.word("report_total"), *[""] * (first - 1), *sums], "total")


def _number(given: Given) -> int:
    value = given.value if isinstance(given, Cell) else given
    return int(value) if isinstance(value, int) else 0


def _count(table: pd.DataFrame, place: str, column: str) -> int:
    return int(table[column].get(place, 0)) if column in table else 0


def _figure(count: int) -> Cell:
    return Cell(count, "#,##0", look="plain" if count else "muted")


# ---- files refused --------------------------------------------------------------------------------------


def _refused(returned: Returned, book: Book) -> Sheet:
    columns = [
        Column((book.word("returns_refused_file"),), width=40),
        Column((book.word("returns_refused_why"),), width=80),
    ]
    rows = [Row([name, why]) for name, why in returned.refused]
    return _sheet("returns_refused", returned, book, [Table(columns, rows)], tab=TABS["error"])


# ---- cells ----------------------------------------------------------------------------------------------


class _Words:
    """Words for codes, each looked up once."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._known: dict[tuple[str, Any], str] = {}

    def of(self, kind: str, code: Any) -> str:
        """The word for a code of a severity, a status or a ledger."""
        if (kind, code) not in self._known:
            told = self.book.ledger(code) if kind == "ledger" else self.book.named(kind, code)
            self._known[kind, code] = told
        return self._known[kind, code]


def _whose(line: Any, words: _Words) -> list[Given]:
    """Township, village, ledger, object and name of a finding."""
    township = _known(line.township)
    return [
        township.rsplit("/", 1)[-1] if township else None,
        _known(line.village),
        words.of("ledger", line.ledger),
        _known(line.entity),
        _known(line.name),
    ]


def _where(line: Any) -> str | None:
    """`户台账.xlsx 农户!D18`, as far as it is known."""
    file, sheet, cell = (_known(value) for value in (line.file, line.sheet, line.cell))
    return " ".join(filter(None, (file, "!".join(filter(None, (sheet, cell)))))) or None


def _known(value: Any) -> str | None:
    """The text, None where there is none."""
    return None if value is None or value is pd.NA or value != value else str(value)
