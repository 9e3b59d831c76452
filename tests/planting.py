"""Cases of `tests/planted`: sound rows with one fault, or its near miss, laid out in workbooks.

A case says what is set on an otherwise sound row (`fault`, `near`). A key that is a field of the case's
ledger is a value; any other key names a row of `base.yaml` and what is set on that (null takes it away,
`like` draws a further one). `last` is what was different a year before; `second`, `apart` and `beyond` are
another household (project, village) in the same village, in another, in another county; `neighbours` are
several, `families` several households. `=paid.document_no` is the value there.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from xlsxwriter.utility import xl_rowcol_to_cell

from povplan.spec import Ledger

FOLDER = Path(__file__).parent / "planted"
YEAR = 2024
COUNTY = "样县"
OTHERS = ("last", "second", "apart", "beyond", "neighbours", "families")
DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
Given = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    county: str
    township: str
    village: str

    @property
    def unit(self) -> str:
        return f"{self.county}/{self.township}/{self.village}"


@dataclass(frozen=True)
class Case:
    """A fault or a near miss of one rule, with the rows it consists of."""

    rule: str
    ledger: str
    kind: str
    number: int
    year: int
    at: tuple[str, ...]
    cell: str | None
    also: Mapping[str, str]
    rows: dict[tuple[int, str], tuple[str, Row]] = field(default_factory=dict)
    """(year, name) → ledger and row."""

    @property
    def name(self) -> str:
        return f"{self.rule}{self.kind}{self.number}"

    @property
    def units(self) -> set[str]:
        """Villages of its rows, and counties that are its own."""
        villages = {
            "/".join((row["county"], row["township"], row["village"])) for _, row in self.rows.values()
        }
        return villages | {row["county"] for _, row in self.rows.values() if row["county"] != COUNTY}

    @property
    def is_fault(self) -> bool:
        return self.kind == "误"


@cache
def base() -> dict[str, Any]:
    with (FOLDER / "base.yaml").open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


@cache
def templates() -> dict[str, tuple[str, Row]]:
    """Name of a row → its ledger and its values."""
    ledgers = base()["standing"]
    return {name: (ledger, row) for ledger in ledgers for name, row in base()[ledger].items()}


def corpus() -> Iterator[dict[str, Any]]:
    """What is told of every case, ledger by ledger."""
    for _, told in _files():
        yield from told["cases"]


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem != "base":
            with path.open(encoding="utf-8") as file:
                told = yaml.load(file, yaml.CSafeLoader)
            yield str(told["ledger"]), told


def cases(ledgers: Mapping[str, Ledger]) -> Iterator[Case]:
    """Every fault and every near miss of the corpus, its rows drawn."""
    serial, number = count(1), count(1)
    for ledger, told in _files():
        for one in told["cases"]:
            yield from _drawn(one, ledger, ledgers, serial, next(number))


def _drawn(
    told: Given, ledger: str, ledgers: Mapping[str, Ledger], serial: Iterator[int], number: int
) -> Iterator[Case]:
    subject = str(told.get("of") or base()["subject"][ledger])
    fields = {name: {one.id for one in declared.fields} for name, declared in ledgers.items()}
    for key, kind, also in (("fault", "误", "also"), ("near", "近", "near_also")):
        at = told.get("at", [subject])
        year = int(told.get("year", YEAR))
        case = Case(
            told["rule"], ledger, kind, number, year, tuple(at), told.get("cell"), told.get(also) or {}
        )
        county = f"{case.name}县" if told.get("own_county") else COUNTY
        world = _World(case, ledger, subject, fields, serial)
        world.draw(told[key] or {}, Place(county, f"{ledger}镇", f"{case.name}村"), "")
        yield case


@dataclass(frozen=True)
class _World:
    """Where the rows of a case are drawn."""

    case: Case
    ledger: str
    subject: str
    fields: Mapping[str, set[str]]
    """Ledger → the fields it has."""
    serial: Iterator[int]

    def draw(self, given: Given, place: Place, prefix: str) -> None:
        serial = next(self.serial)
        now = self._parted({key: value for key, value in given.items() if key not in OTHERS})
        self._lay(now, self.case.year, place, prefix, serial)
        if "last" in given:
            before = _merged(now, self._parted(given["last"] or {}))
            self._lay(before, self.case.year - 1, place, prefix, serial)
        for name, where in self._others(place).items():
            if name in given:
                self.draw(given[name] or {}, where, f"{prefix}{name}.")
        of_families = replace(self, ledger="household", subject="household")
        for name, world in (("neighbours", self), ("families", of_families)):
            around = dict(given.get(name) or {})
            for i in range(int(around.pop("count", 0))):
                world.draw(_turn(around, i), place, f"{prefix}{name}{i}.")

    @staticmethod
    def _others(place: Place) -> dict[str, Place]:
        return {
            "second": place,
            "apart": Place(place.county, place.township, f"{place.village[:-1]}邻村"),
            "beyond": Place(f"{place.village[:-1]}外县", place.township, place.village),
        }

    def _parted(self, given: Given) -> dict[str, Any]:
        """Name of a row → what is set on it."""
        own = self.fields[self.ledger]
        plain = {key: value for key, value in given.items() if key in own}
        rows = {key: value for key, value in given.items() if key not in own}
        return _merged(rows, {self.subject: plain}) if plain else rows

    def _lay(self, given: Given, year: int, place: Place, prefix: str, serial: int) -> None:
        names = list(dict.fromkeys([*base()["standing"][self.ledger], *given]))
        rows: dict[str, tuple[str, Row]] = {}
        for at, name in enumerate(names, 1):
            put = given.get(name, {})
            if name in given and put is None:
                continue
            put = dict(put)
            ledger, sound = templates()[put.pop("like", name)]
            unknown = put.keys() - self.fields[ledger] - {"person"}
            assert not unknown, f"{self.case.name}: {ledger} has no {unknown}"
            row = {**sound, "county": place.county, "township": place.township, "village": place.village}
            rows[name] = ledger, {**row, "year": year, "_at": at, **put}
        _derive(rows, serial)
        for name, (ledger, row) in rows.items():
            self.case.rows[year, prefix + name] = ledger, row


def _turn(given: Any, i: int) -> Any:
    """What is given to the neighbour `i`: of a list the value that is its turn."""
    if isinstance(given, Mapping):
        return {key: _turn(value, i) for key, value in given.items()}
    return given[i % len(given)] if isinstance(given, list) else given


def _merged(first: Given, second: Given) -> dict[str, Any]:
    found = dict(first)
    for name, value in second.items():
        old = found.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        found[name] = {**old, **value} if both and old is not None else value
    return found


# ---- what follows from the rest ----------------------------------------------------------------


def _derive(rows: dict[str, tuple[str, Row]], serial: int) -> None:
    """Numbers, names and sums, where the case does not say them; the references last."""
    told = str(serial).translate(DIGITS)
    household = rows["household"][1] if "household" in rows else {}
    number = household.setdefault("household_id", f"9901{serial:012d}")
    people = {name: row for name, (ledger, row) in rows.items() if ledger == "member"}
    for row in people.values():
        row.setdefault("household_id", number)
        row.setdefault("person_id", f"9901{serial:012d}{row['_at']:02d}")
        row.setdefault("name", f"样{told}之{str(row['_at']).translate(DIGITS)}")
        row["id_card"] = identity(row, serial)
    if household.get("year"):
        _derive_household(household, people, serial)
    for ledger, row in rows.values():
        if ledger == "job":
            person = people.get(row.pop("person", "head"), {})
            for name in ("household_id", "person_id", "name", "id_card"):
                row.setdefault(name, person.get(name))
            row.setdefault("job_id", f"W{serial:06d}{row['_at']:02d}")
        if ledger == "project":
            row.setdefault("project_name", f"样本项目{told}")
        if ledger in ("project", "fund", "benefit"):
            row.setdefault("project_id", f"XM{serial:06d}")
        if ledger == "fund":
            row.setdefault("fund_id", f"ZJ{serial:06d}{row['_at']:02d}")
            row.setdefault("document_no", f"样财农〔2024〕{serial}{row['_at']:02d}号")
            row.setdefault("payee", f"样本合作社{told}")
        if ledger == "benefit":
            row.setdefault("benefit_id", f"SY{serial:06d}{row['_at']:02d}")
            row.setdefault("household_id", number)
            row.setdefault("head_name", household.get("head_name"))
            row.setdefault("document_no", f"PZ{serial:06d}{row['_at']:02d}")
    for _, row in rows.values():
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("="):
                at, _, of = value[1:].partition(".")
                row[name] = rows[at][1][of]
        row.pop("_at")


def _derive_household(row: Row, people: dict[str, Row], serial: int) -> None:
    head = people.get("head", {})
    row.setdefault("head_name", head.get("name"))
    row.setdefault("head_sex", head.get("sex"))
    row.setdefault("head_id_type", head.get("id_type"))
    row.setdefault("head_id_card", head.get("id_card"))
    row.setdefault("phone", f"139{serial:08d}")
    here = [one for one in people.values() if not one.get("left_reason")]
    row.setdefault("persons", len(here))
    able = ("普通劳动力", "技能劳动力", "弱劳动力或半劳动力")
    row.setdefault("labour_force", sum(one.get("labour_skill") in able for one in here))
    row.setdefault("business", 5000 + 7 * (serial % 97))
    row.setdefault("property", 0)
    row.setdefault("transfer", 1203)
    row.setdefault("business_cost", 2001 + 3 * (serial % 89))
    persons = row["persons"] or 1
    others = sum(row[name] or 0 for name in ("business", "property", "transfer")) - (
        row["business_cost"] or 0
    )
    if row.get("net_income_per_capita") is not None and "wage" not in row:
        row["wage"] = row["net_income_per_capita"] * persons - others
    row.setdefault("wage", 30000 + 11 * (serial % 101))
    row.setdefault("net_income", (row["wage"] or 0) + others)
    row.setdefault("gross_income", (row["wage"] or 0) + others + (row["business_cost"] or 0))
    row.setdefault("net_income_per_capita", round((row["net_income"] or 0) / persons, 2))
    row.setdefault("other_claims", 0)
    row.setdefault("own_expenses", 0)
    reference = (row["net_income"] or 0) + (row["other_claims"] or 0) - (row["own_expenses"] or 0)
    row.setdefault("reference_income", reference)
    row.setdefault("reference_income_per_capita", round((row["reference_income"] or 0) / persons, 2))


def identity(row: Row, serial: int) -> Any:
    """A valid number of the person, or one that departs from it as told; a text stands as it is."""
    told = row.get("id_card", {})
    if not isinstance(told, Mapping):
        return told
    sex, birth = told.get("sex", row.get("sex")), told.get("birth", row.get("birth_date"))
    day = f"{birth:%Y%m%d}" if isinstance(birth, dt.date) else str(birth or "19840315")
    order = 2 * (serial % 450) + (1 if sex == "男" else 2)
    body = f"{told.get('address', 990101 + serial // 450)}{day}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(w * int(c) for w, c in zip(weights, body, strict=True)) % 11]
    if told.get("wrong"):
        check = "1" if check == "0" else "0"
    return f"{body}{check}{told.get('more', '')}"


# ---- workbooks -----------------------------------------------------------------------------------


Key = tuple[str, int, str]
"""Case, year, name of a row."""


@dataclass
class Laid:
    """Where everything was written."""

    rows: dict[Key, int] = field(default_factory=dict)
    """Row → its line in the sheet."""
    columns: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    """(year, ledger) → label of a field → its column from 0."""

    def cell(self, case: Case, name: str) -> str:
        """The cell of a row that must be marked; the bare line where the row is meant as a whole."""
        if case.cell is None:
            return str(self.rows[case.name, case.year, name])
        column = self.columns[case.year, case.ledger][case.cell]
        return str(xl_rowcol_to_cell(self.rows[case.name, case.year, name] - 1, column))


def write(drawn: Sequence[Case], ledgers: Mapping[str, Ledger], folder: Path) -> Laid:
    """A workbook a year, a sheet a ledger, under `submissions`; of years long past a text file a ledger."""
    laid = Laid()
    for year in sorted({year for case in drawn for year, _ in case.rows}):
        at = folder / "submissions" / str(year)
        at.mkdir(parents=True)
        tables = [(one, rows) for one in ledgers.values() if (rows := list(_rows(drawn, year, one.ledger)))]
        for ledger, rows in tables:
            laid.columns[year, ledger.ledger] = {one.label.zh: i for i, one in enumerate(ledger.fields)}
            laid.rows |= {key: i for i, (key, _) in enumerate(rows, 2)}
        if year < YEAR - 1:
            for ledger, rows in tables:
                _text(at / f"{ledger.label.zh}.csv", ledger, rows)
            continue
        with xlsxwriter.Workbook(
            str(at / f"样县{year}年台账.xlsx"), {"default_date_format": "yyyy-mm-dd"}
        ) as book:
            for ledger, rows in tables:
                _sheet(book.add_worksheet(ledger.label.zh), ledger, rows)
    return laid


def _rows(drawn: Sequence[Case], year: int, ledger: str) -> Iterator[tuple[Key, Row]]:
    for case in drawn:
        for (at, name), (of, row) in case.rows.items():
            if (at, of) == (year, ledger):
                yield (case.name, year, name), row


def _sheet(page: Any, ledger: Ledger, rows: Sequence[tuple[Key, Row]]) -> None:
    page.write_row(0, 0, [one.label.zh for one in ledger.fields])
    places = {one.id: column for column, one in enumerate(ledger.fields)}
    for at, (_, row) in enumerate(rows, 1):
        for name, value in row.items():
            if isinstance(value, dt.date) and value.year > 1900:
                page.write_datetime(at, places[name], dt.datetime.combine(value, dt.time()))
            elif value is not None:
                page.write(at, places[name], str(value) if isinstance(value, dt.date) else value)


def _text(path: Path, ledger: Ledger, rows: Sequence[tuple[Key, Row]]) -> None:
    """As an old system exports it: a text file in GBK."""
    with path.open("w", encoding="gbk", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([one.label.zh for one in ledger.fields])
        lines.writerows([[row.get(one.id) for one in ledger.fields] for _, row in rows])
