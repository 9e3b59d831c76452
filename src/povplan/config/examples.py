"""The examples that rules carry, run: a `pass` row must pass and a `fail` row must be found.

A row gives the rule's fields, money in yuan, dates as text; what is left out is blank. Beside fields it
may give `previous` (the same row a year before), `year`, the name of another ledger (one row or a list
of rows, linked to this one) or of its own (further rows beside it), and `unknown: true` where the rule
cannot be evaluated. A field of the ledger that has one of these names goes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from povplan.config.places import Document, read_document
from povplan.errors import Fault
from povplan.formulas import Rows, Scope, row_formula
from povplan.messages import Said, say
from povplan.model import DTYPES, ENTITY, UNIT
from povplan.spec import FieldType, Ledger, Rule

if TYPE_CHECKING:
    from povplan.config.load import Config

Row = Mapping[str, Any]
Outcome = Literal["pass", "fail", "unknown"]

PREVIOUS, YEAR, UNKNOWN = "previous", "year", "unknown"
_DEFAULT_YEAR = 2024
_AREA = {"county": "县", "township": "县/乡"}
_ENTITY = "1"
_MOST_MONEY = 10**15
"""Yuan; far above any county, far below what int64 holds in fen."""
_PLAIN: Mapping[FieldType, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "money": (int, float),
    "boolean": (bool,),
}
"""What YAML gives for a field of the type; text for all others."""


def run_examples(config: Config) -> list[Fault]:
    """A fault for every example of every rule that does not come out as it says, at its row."""
    return sorted(fault for ledger in config.ledgers.values() for fault in _ledger_faults(config, ledger))


def typed(value: Any, of: FieldType) -> Any:
    """An example's value as a typed frame holds it. Raises ValueError where it is not of the type."""
    if value is None:
        return None
    if of == "choices" and isinstance(value, list):
        value = ",".join(str(part) for part in value)
    if not isinstance(value, _PLAIN.get(of, (str,))) or (isinstance(value, bool) and of != "boolean"):
        raise ValueError(of)
    if of == "money":
        yuan = Decimal(str(value))
        if abs(yuan) >= _MOST_MONEY:
            raise ValueError(of)
        return int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return date.fromisoformat(str(value)) if of == "date" else value


def outcome(config: Config, ledger: Ledger, rule: Rule, row: Row) -> Outcome:
    """What the rule says of one example row; where `when` does not hold it says nothing, which is a pass."""
    scope = Scope(ledger, config.ledgers, config.parameters, config.codes)
    rows = rows_of(config, ledger, rule, row)
    applies: Any = True if rule.when is None else row_formula(rule.when, scope)(rows).iloc[0]
    if applies is pd.NA:
        return "unknown"
    holds: Any = row_formula(rule.check, scope)(rows).iloc[0] if applies else True
    if holds is pd.NA:
        return "unknown"
    return "pass" if holds else "fail"


def _ledger_faults(config: Config, ledger: Ledger) -> list[Fault]:
    failures = [
        (("rules", number, "examples", kind, row), said)
        for number, rule in enumerate(ledger.rules)
        for kind, row, said in _failures(config, ledger, rule)
    ]
    if not failures:
        return []
    document = _document(config, ledger)
    return [document.fault(said, *loc) for loc, said in failures]


def _failures(config: Config, ledger: Ledger, rule: Rule) -> Iterator[tuple[str, int, Said]]:
    """The example rows of a rule that come out otherwise: `pass` or `fail`, which, and what to say."""
    for kind, rows in (("pass", rule.examples.passes), ("fail", rule.examples.fails)):
        for number, row in enumerate(rows):
            marked = row.get(UNKNOWN) is True and UNKNOWN not in ledger.names
            expected = "unknown" if marked and kind == "pass" else kind
            found = outcome(config, ledger, rule, row)
            if found != expected:
                yield kind, number, say(f"config_example_{found}", rule=rule.id)


def rows_of(config: Config, ledger: Ledger, rule: Rule, row: Row) -> Rows:
    """The example as rows: itself, last year's, and those of other ledgers that belong to it."""
    own = {name: value for name, value in row.items() if name in ledger.names}
    beside = {name: value for name, value in row.items() if name not in ledger.names}
    year = beside.get(YEAR, min(max(_DEFAULT_YEAR, rule.valid.first), rule.valid.last))
    others = [config.ledgers[name] for name in config.ledgers if name in beside and name != ledger.ledger]
    parents = {other.ledger: str(own.get(ledger.links.get(other.ledger, "")) or "parent") for other in others}
    links = {ledger.links[name]: entity for name, entity in parents.items() if name in ledger.links}
    frames = {
        other.ledger: _others(ledger, other, beside[other.ledger], parents[other.ledger]) for other in others
    }
    previous = _frame(ledger, [beside[PREVIOUS]], _ENTITY) if PREVIOUS in beside else None
    more = beside.get(ledger.ledger, [])
    siblings = more if isinstance(more, list) else [more]
    return Rows(_frame(ledger, [own | links, *siblings], _ENTITY), year, date(year, 12, 31), previous, frames)


def _others(ledger: Ledger, other: Ledger, given: Row | list[Row], entity: str) -> pd.DataFrame:
    """Rows of another ledger; children are linked up to the example's row unless they say whose they are."""
    up = {other.links[ledger.ledger]: _ENTITY} if ledger.ledger in other.links else {}
    rows = given if isinstance(given, list) else [given]
    return _frame(other, [{**up, **row} for row in rows], entity)


def _frame(ledger: Ledger, rows: list[Row], entity: str) -> pd.DataFrame:
    """A typed frame with the fields that any of `rows` gives; entities are `entity`, `entity-1` ….

    A field given by no row is left out, which formulas read as blank.
    """
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        kind = ledger.field(name).type
        values = [typed(row.get(name), kind) for row in rows]
        columns[name] = pd.Series(values, dtype=DTYPES[kind])
    entities = [entity if number == 0 else f"{entity}-{number}" for number in range(len(rows))]
    columns[ENTITY] = pd.Series(entities, dtype="string")
    columns[UNIT] = pd.Series([_AREA.get(ledger.level, "县/乡/村")] * len(rows), dtype="string")
    return pd.DataFrame(columns)


def _document(config: Config, ledger: Ledger) -> Document:
    """The file that declares `ledger`. It was read when `config` was made."""
    for name, text in config.texts.items():
        if name.startswith("ledgers/"):
            document, _ = read_document(text, config.files[name])
            if document and document.value.get("ledger") == ledger.ledger:
                return document
    raise KeyError(ledger.ledger)
