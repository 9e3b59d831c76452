"""What last year's rows say of the county: its name, its units in order with their other spellings, years."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from povplan.config import Config
from povplan.identity import Registry, place, villages
from povplan.jobs.gathering import ReadTable, founded, undated
from povplan.jobs.receiving import Received
from povplan.spec import LEVELS, Ledger, Words
from povplan.workspace import UNIT_COLUMNS


@dataclass(frozen=True)
class Unit:
    """A village of the list: its code where one is known, and its other spellings."""

    path: str
    code: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CountySeen:
    """The county as its files have it. `county` is "" where nobody names it."""

    county: str = ""
    units: tuple[Unit, ...] = ()
    unlisted: tuple[str, ...] = ()
    """Villages that the village ledger does not have, where there is one: misspelt, perhaps."""
    years: tuple[int, ...] = ()
    """Years that rows state themselves."""
    undated: tuple[str, ...] = ()
    """Files whose rows state none."""
    titled: tuple[int, ...] = ()
    """Years that titles name."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Ledger → rows read."""

    @property
    def needs_county(self) -> bool:
        """Whether rows name townships or villages of a county that nobody names."""
        return not self.county and bool(self.rows)


def survey(received: Received, config: Config, county: str = "", titles: Sequence[str] = ()) -> CountySeen:
    """The county of the tables read: `county` if given, else as most rows name it, else as all titles do."""
    tables = [read for read in received.tables if len(read.table.frame)]
    words = config.words
    name = county or _county(tables, config) or _titled(titles, words)
    suffixes = (words.county_suffixes, words.township_suffixes, words.village_suffixes)
    empty = Registry(suffixes=suffixes, county=name)
    registry = founded(tables, config.ledgers, empty) if name else empty
    missing = tuple(undated(tables))
    stated = {int(year) for read in tables for year in _stated(read) if 1949 <= int(year) <= 2100}
    seen = CountySeen(
        name, (), (), tuple(sorted(stated)), missing, tuple(sorted(received.stated)), _rows(tables)
    )
    units, unlisted = _units(tables, config.ledgers, registry)
    return replace(seen, units=units, unlisted=unlisted)


def units_csv(units: Iterable[Unit]) -> bytes:
    """units.csv as the workspace reads it and Excel opens it."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(UNIT_COLUMNS)
    for unit in units:
        county, township, village = (*unit.path.split("/"), "", "")[:3]
        sheet.writerow((unit.code, county, township, village, "、".join(unit.aliases)))
    return out.getvalue().encode("utf-8-sig")


def _county(tables: Iterable[ReadTable], config: Config) -> str:
    """The name that most rows give."""
    named: Counter[str] = Counter()
    for read in tables:
        column = config.ledgers[read.table.ledger].placed("county")
        if column and column in read.table.frame:
            named.update(read.table.frame[column].dropna().astype(str))
    return named.most_common(1)[0][0] if named else ""


def _titled(titles: Iterable[str], words: Words) -> str:
    """The one county that titles begin with: 清河县2024年…, 广州市从化区吕田镇…; "" where they differ."""
    ending, below = (
        "|".join(sorted((end for group in groups for end in group), key=len, reverse=True))
        for groups in (words.county_suffixes, words.township_suffixes)
    )
    above = "(?:[一-鿿]{2,6}?(?:省|自治区|市|州|盟))?"
    pattern = re.compile(rf"{above}([一-鿿]{{1,6}}?(?:{ending}))(?=\d{{4}}|[一-鿿]{{1,6}}?(?:{below}))")
    texts = ("".join(title.split()) for title in titles)
    found = {match[1] for text in texts if (match := pattern.match(text))}
    return found.pop() if len(found) == 1 else ""


def _rows(tables: Iterable[ReadTable]) -> Counter[str]:
    rows: Counter[str] = Counter()
    for read in tables:
        rows[read.table.ledger] += len(read.table.frame)
    return rows


def _stated(read: ReadTable) -> Iterator[int]:
    if "year" in read.table.frame:
        yield from read.table.frame["year"].dropna().unique()


def _units(
    tables: Iterable[ReadTable], ledgers: Mapping[str, Ledger], registry: Registry
) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """The villages in order with codes and other spellings, and those that the village ledger lacks."""
    codes: dict[str, set[str]] = {}
    spelled: dict[str, dict[str, None]] = {}
    listed: set[str] = set()
    for read in tables:
        ledger = ledgers[read.table.ledger]
        units = place(read.table.frame, ledger, registry)
        for unit, village, code in _named(read.table.frame, ledger, units):
            spelled.setdefault(unit, {}).setdefault(village)
            codes.setdefault(unit, set()).add(code)
        if ledger.level == "village":
            listed |= set(units.dropna())
    paths = villages(registry.paths)
    found = tuple(Unit(path, _only(codes.get(path, ())), _others(path, spelled)) for path in paths)
    unlisted = tuple(path for path in paths if path not in listed) if listed else ()
    return found, unlisted


def _named(frame: pd.DataFrame, ledger: Ledger, units: pd.Series) -> set[tuple[str, str, str]]:
    """(unit, village as written, code) of every row that has a unit."""
    village, code = ledger.placed(LEVELS[2]), ledger.placed("code")
    blank = pd.Series("", index=frame.index)
    columns = [
        frame[name].fillna("").astype(str) if name and name in frame else blank for name in (village, code)
    ]
    known = units.notna()
    return set(zip(units[known], columns[0][known], columns[1][known], strict=True))


def _only(codes: Iterable[str]) -> str:
    """The one code that all rows give; none where two contradict each other."""
    known = {code for code in codes if code}
    return known.pop() if len(known) == 1 else ""


def _others(path: str, spelled: Mapping[str, Mapping[str, None]]) -> tuple[str, ...]:
    name = path.rsplit("/", 1)[1]
    return tuple(sorted(other for other in spelled.get(path, ()) if other and other != name))
