"""What somebody asks for at the terminal, by any of its names: a ledger, fields, a unit, a formula.

Each either is found or ends the run with one sentence: what was not, and the nearest right name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import pandas as pd

from povplan.config import Config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.formulas import FormulaErrors, Rows, Scope, row_formula
from povplan.formulas.faults import tell
from povplan.formulas.naming import (
    field_names,
    fields_called,
    ledger_names,
    ledgers_called,
    most_like,
)
from povplan.formulas.rowwise import RowFormula
from povplan.identity import Registry, villages
from povplan.jobs.coverage import missing
from povplan.jobs.standing import Standing
from povplan.lists import officially_placed, with_places
from povplan.memory.registers import SEVERAL, rows_called
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.spec import Ledger, LedgerField
from povplan.words import nearest, normal

Formula = TypeVar("Formula")
NOTHING = Said("", "")
_PSEUDONYM = re.compile("[0-9a-f]{10}")
STAGES = "fund_stage"
"""The code list of the steps of money, which are never added to each other."""


@dataclass(frozen=True)
class Asked:
    """What was asked of which rows: a ledger's of a year, maybe of one unit, maybe on a condition."""

    standing: Standing
    ledger: Ledger
    year: int
    unit: str | None = None
    where: str | None = None

    @property
    def batch(self) -> int | None:
        """The last batch in force."""
        return self.standing.newest

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Villages of the unit that did not report the ledger in the year: of them nothing is said."""
        registry = self.standing.workspace.registry(self.standing.known_units())
        rows = self.standing.folded(self.ledger.ledger, self.year).frame
        there = set(villages(rows[UNIT].dropna().unique()))
        silent = missing(self.standing, self.ledger, self.year, registry, there)
        return tuple(path for path in silent if f"{path}/".startswith(f"{self.unit or ''}/".lstrip("/")))


def asked_of(
    standing: Standing, year: int, ledger: str, unit: str | None = None, where: str | None = None
) -> Asked:
    """The question with its names understood."""
    path = unit_named(standing, year, unit) if unit else None
    return Asked(standing, ledger_named(standing.config, ledger), year, path, where or None)


def names_in(text: str) -> list[str]:
    """A list typed with commas, of either width."""
    return [name.strip() for name in re.split("[,，;；]", text) if name.strip()]


def ledger_named(config: Config, name: str) -> Ledger:
    """The ledger called `name`, with fields for all places."""
    found = ledgers_called(config.ledgers, name)
    if len(found) == 1:
        return with_places(config.ledgers[found[0]])
    if found:
        labels = "、".join(f"{one}（{config.ledgers[one].label.zh}）" for one in found)
        raise PovplanError(say("ask_several_ledgers", name=name, ledgers=labels))
    known = list(ledger_names(config.ledgers))
    listed = Said(
        "、".join(f"{one.label.zh} {one.id}" for one in known),
        ", ".join(f"{one.id} ({one.label.text('en')})" for one in known),
    )
    raise PovplanError(_unknown("ask_no_ledger", name, most_like(name, known), ledgers=listed))


def field_named(ledger: Ledger, name: str) -> LedgerField:
    """The field of the ledger called `name`."""
    found = fields_called(ledger, name)
    if not found:
        words = {level: (f"level_{level}", level) for level in ("county", "township", "village")}
        places = [
            ledger.placed(level)  # type: ignore[arg-type]
            for level, (key, id_) in words.items()
            if normal(name) in (normal(say(key).zh), normal(say(key).en), id_)
        ]
        found = [ledger.field(place) for place in places if place]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(field.id for field in found)
        raise PovplanError(tell("formula_several_fields", name=name, ledger=ledger.ledger, fields=ids))
    near = most_like(name, field_names(ledger))
    raise PovplanError(_unknown("ask_no_field", name, near, label=ledger.label.said, ledger=ledger.ledger))


def _unknown(key: str, name: str, near: str | None, **values: object) -> Said:
    hint = tell("formula_did_you_mean", near=near) if near else NOTHING
    return tell(key, name=name, hint=hint, **values)


def rows_of(standing: Standing, ledger: Ledger, year: int) -> Rows:
    """The rows of the ledger in the year, each with the official names of its places.

    A ledger without any ends the run; the years in which it has some are named.
    """
    rows = standing.rows(ledger, year)
    if not len(rows):
        years = [one for one in standing.years if len(standing.folded(ledger.ledger, one).frame)]
        known = "、".join(map(str, years)) or "—"
        said = tell("ask_no_rows", label=ledger.label.said, year=year, years=known)
        raise PovplanError(said, NOTHING_ACCEPTED)
    previous = None if rows.previous is None else officially_placed(rows.previous, ledger)
    return Rows(officially_placed(rows.frame, ledger), year, rows.as_of, previous, rows.others)


def unit_named(standing: Standing, year: int, name: str, paths: Sequence[str] | None = None) -> str:
    """The path of the unit that a path, a name in any spelling or a code means.

    `paths` are the units there are, where the caller has read some; else all that the year's rows name.
    """
    if paths is None:
        paths = standing.tree(year).paths
    registry = standing.workspace.registry(tuple(paths))
    known = list(dict.fromkeys([*registry.paths, *paths]))
    wanted = name.strip().strip("/")
    found = [path for path in known if path == wanted or path.endswith(f"/{wanted}")]
    found = found or _otherwise_spelled(registry, wanted, known)
    if len(found) == 1:
        return found[0]
    if found:
        raise PovplanError(say("ask_several_units", name=name, units="、".join(found)))
    last = {path.rsplit("/", 1)[-1]: path for path in known}
    near = nearest(wanted, [*last, *known], alike=0.5)
    townships = dict.fromkeys(path.split("/")[1] for path in known if "/" in path)
    raise PovplanError(_unknown("ask_no_unit", name, near, townships="、".join(townships)))


def entity_named(standing: Standing, ledger: Ledger, year: int, name: str) -> str | None:
    """The key that `name` means: itself, a part of it that tells, a pseudonym as lists show it; else None."""
    frame = standing.folded(ledger.ledger, year).frame
    at = int(rows_called(pd.Series([name]), frame, ledger)[0])
    if at < 0 and _PSEUDONYM.fullmatch(name.strip().lower()):
        wanted, pseudonym = name.strip().lower(), standing.workspace.pseudonym
        at = next((n for n, one in enumerate(frame[ENTITY]) if pseudonym(str(one)) == wanted), at)
    if at == SEVERAL:
        told = {"label": ledger.label.said, "ledger": ledger.ledger, "year": year}
        raise PovplanError(tell("fix_several", name=name, **told))
    return str(frame[ENTITY].iloc[at]) if at >= 0 else None


def _otherwise_spelled(registry: Registry, name: str, known: Sequence[str]) -> list[str]:
    """Units with the ending left out, or the other one of its kind: 东岭, 己巳村委会; or by code."""
    if name in registry.codes:
        return [registry.codes[name]]
    counties = dict.fromkeys(path.split("/")[0] for path in known)
    townships = [path.split("/")[1] for path in known if path.count("/") == 1]
    tried = [registry.find(county, name, "") for county in counties]
    tried += [registry.find(county, township, name) for county in counties for township in townships]
    tried += [registry.find(name, "", "")]
    return [path for path in dict.fromkeys(tried) if path in known]


def scope(standing: Standing, ledger: Ledger) -> Scope:
    """What a formula typed at the terminal may name, by ids and by labels."""
    config = standing.config
    return Scope(ledger, config.ledgers, config.parameters, config.codes, by_label=True)


def condition(
    standing: Standing, ledger: Ledger, text: str | None, option: str = "--where"
) -> RowFormula | None:
    """The condition typed after `option`, if any."""
    if text is None or not text.strip():
        return None
    found = compiled(option, lambda: row_formula(text, scope(standing, ledger)))
    if found.kind != "boolean":
        kind = say(f"formula_kind_{found.kind}")
        raise PovplanError(tell("ask_no_condition", option=option, text=text, kind=kind))
    return found


def compiled(option: str, compile_: Callable[[], Formula]) -> Formula:
    """A formula, or one sentence for each of its faults with a mark under the place."""
    try:
        return compile_()
    except FormulaErrors as faults:
        told = [_pointed(option, error.text, error.offset, error.said) for error in faults.errors]
        raise PovplanError(_joined(told)) from faults


def _pointed(option: str, text: str, offset: int, said: Said) -> Said:
    line = re.sub(r"\s", " ", text)
    before = "".join("　" if unicodedata.east_asian_width(char) in "WF" else " " for char in line[:offset])
    return tell("ask_formula", option=option, column=offset + 1, said=said, text=line, before=before)


def _joined(told: Iterable[Said]) -> Said:
    lines = list(told)
    return Said("\n".join(one.zh for one in lines), "\n".join(one.en for one in lines))


def stage_of(ledger: Ledger) -> LedgerField | None:
    """The field that tells the stage of money, in a ledger of amounts."""
    return next((field for field in ledger.fields if field.codes == STAGES), None)
