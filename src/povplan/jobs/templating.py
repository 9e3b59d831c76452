"""`template`: a workbook for each township or village, begun with last year's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from povplan.errors import PovplanError
from povplan.excel.write import drawn
from povplan.identity import Registry, villages
from povplan.jobs.asking import ledger_named
from povplan.jobs.gathering import PLAUSIBLE
from povplan.jobs.profiles import plan_of
from povplan.jobs.reporting import file_name
from povplan.jobs.returning.placing import put
from povplan.jobs.standing import Standing
from povplan.messages import Said, say
from povplan.model import ENTITY, UNIT
from povplan.platform import make_folder
from povplan.sheets.template import Part, template
from povplan.spec import LEVELS, Ledger
from povplan.units import Tree
from povplan.words import nearest
from povplan.workspace import Workspace

By = Literal["township", "village"]


@dataclass(frozen=True)
class Wanted:
    """What the command was told. No ledgers: those that villages fill in."""

    ledgers: Sequence[str] = ()
    year: int | None = None
    by: By = "township"
    blank: bool = False
    known: bool = False
    """Whether fields that no form of last year had are left out."""
    unit: str | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class Made:
    """A workbook written: for whom, and how many rows of last year it holds."""

    path: Path
    unit: str
    rows: int


@dataclass(frozen=True, eq=False)
class Templates:
    """Templates about to be written: for which year and units, from which rows; what is to be said first."""

    workspace: Workspace
    standing: Standing
    ledgers: tuple[Ledger, ...]
    year: int
    units: tuple[str, ...]
    """Paths, in official order; "" where no unit is known."""
    registry: Registry
    rows: dict[str, pd.DataFrame]
    """Ledger → last year's accepted rows with the unit of each; none for a blank one."""
    new: dict[str, frozenset[str]]
    """Ledger → fields that no form of last year had."""
    known: bool
    """Whether those are left out."""
    folder: Path
    said: tuple[Said, ...]

    def write(self) -> Iterator[Made]:
        """One workbook a unit, as each is written, for its owner only; same ledger, same bytes.

        What somebody has begun to fill in is never written over.
        """
        make_folder(self.folder)
        definitions = plan_of(self.standing.config).definitions
        for number, unit in enumerate(self.units, 1):
            parts = [self._part(ledger, unit) for ledger in self.ledgers]
            name = "-".join(
                file_name(part) for part in unit.split("/")[1:] or [unit or say("look_county").zh]
            )
            data = drawn(template(parts, definitions))
            made = put(self.folder, f"{number:02}-{name}-{self.year}", ".xlsx", data)
            yield Made(made, unit, sum(len(part.rows) for part in parts if not part.blank))

    def _part(self, ledger: Ledger, unit: str) -> Part:
        rows = self.rows.get(ledger.ledger)
        inside = tuple(path for path in self.registry.paths if _within(path, unit))
        names = tuple(dict.fromkeys(path.rsplit("/", 1)[1] for path in villages(inside)))
        known = _places_only(ledger, villages(inside), self.registry)
        if rows is None:
            return Part(ledger, self.year, unit, 0, known, names)
        own = rows[[_within(path, unit) for path in rows[UNIT].fillna("?")]]
        if ledger.level in LEVELS:
            new = known[~known[UNIT].isin(own[UNIT])]
            own = pd.concat([own, new], ignore_index=True) if len(new) else own
        begun, unreported = _ordered(own, inside), self.new[ledger.ledger]
        return Part(ledger, self.year, unit, self.standing.as_of or 0, begun, names, unreported, self.known)


def templates(workspace: Workspace, wanted: Wanted) -> Templates:
    """What is to be written. PovplanError where a year, ledger or unit is not known."""
    standing = Standing(workspace, workspace.config, workspace.store)
    ledgers = _ledgers(standing, wanted.ledgers)
    year = _year(standing, wanted)
    registry = workspace.registry(standing.known_units())
    registry = replace(registry, paths=standing.over_years.lasting(registry.paths, year))
    rows, said = _last_rows(standing, ledgers, year) if not wanted.blank else ({}, [])
    said += [say("template_known_blank")] if wanted.blank and wanted.known else []
    units = _units(registry, wanted, workspace)
    said += _homeless(rows, ledgers, units) if wanted.unit is None else []
    new = {one.ledger: _new(one, rows) for one in ledgers}
    said += _of_new(ledgers, new, "template_left_out" if wanted.known else "template_new_columns")
    folder = wanted.folder or workspace.root / "templates" / str(year)
    return Templates(
        workspace, standing, ledgers, year, units, registry, rows, new, wanted.known, folder, tuple(said)
    )


def _ledgers(standing: Standing, names: Sequence[str]) -> tuple[Ledger, ...]:
    config = standing.config
    if names:
        found = [config.ledgers[ledger_named(config, name).ledger] for name in names]
    else:
        found = [ledger for ledger in config.ledgers.values() if ledger.template]
    if not found:
        listed = "、".join(f"{ledger.label.zh} {name}" for name, ledger in config.ledgers.items())
        raise PovplanError(say("template_no_ledger", profile=config.profile.profile, ledgers=listed))
    return tuple({ledger.ledger: ledger for ledger in found}.values())


def _year(standing: Standing, wanted: Wanted) -> int:
    """The year asked for, else the one after the last that is known."""
    if wanted.year is None:
        if not standing.years:
            raise PovplanError(say("template_no_year"))
        return standing.years[-1] + 1
    if not PLAUSIBLE[0] <= wanted.year <= PLAUSIBLE[1]:
        raise PovplanError(say("year_odd", year=wanted.year))
    return wanted.year


def _last_rows(
    standing: Standing, ledgers: Sequence[Ledger], year: int
) -> tuple[dict[str, pd.DataFrame], list[Said]]:
    """Ledger → last year's accepted rows; a word on ledgers without any. What is over is not asked again."""
    found, said = {}, []
    for ledger in (one for one in ledgers if one.lasts):
        rows = _housed(standing, ledger, year - 1)
        if not len(rows):
            told = {"year": year - 1}
            zh = say("template_no_rows", ledger=ledger.label.zh, **told).zh
            said.append(Said(zh, say("template_no_rows", ledger=ledger.label.text("en"), **told).en))
            continue
        found[ledger.ledger] = rows
    return found, said


def _new(ledger: Ledger, rows: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Fields that no form of last year had; keys, places and what is required are never among them."""
    if ledger.ledger not in rows:
        return frozenset()
    always = ledger.naming | {field.id for field in ledger.fields if field.required}
    return frozenset(ledger.names) - always - {*rows[ledger.ledger].columns}


def _of_new(ledgers: Sequence[Ledger], new: Mapping[str, frozenset[str]], key: str) -> Iterator[Said]:
    """A word on the fields of each ledger that no form of last year had."""
    for ledger in ledgers:
        if count := len(new[ledger.ledger]):
            zh = say(key, ledger=ledger.label.zh, count=count).zh
            yield Said(zh, say(key, ledger=ledger.label.text("en"), count=count).en)


def _homeless(
    rows: Mapping[str, pd.DataFrame], ledgers: Sequence[Ledger], units: Sequence[str]
) -> Iterator[Said]:
    """A word on the rows that no template holds, for they are of none of the units."""
    for ledger in ledgers:
        own = rows[ledger.ledger][UNIT].fillna("?") if ledger.ledger in rows else ()
        count = sum(not any(_within(path, unit) for unit in units) for path in own)
        if count:
            zh = say("template_homeless", ledger=ledger.label.zh, count=count).zh
            yield Said(zh, say("template_homeless", ledger=ledger.label.text("en"), count=count).en)


def _housed(standing: Standing, ledger: Ledger, year: int) -> pd.DataFrame:
    """The accepted rows of a year; one that names no unit has that of what it belongs to."""
    rows = standing.folded(ledger.ledger, year).frame
    for parent, name in ledger.links.items():
        if parent in standing.config.ledgers and name in rows and rows[UNIT].isna().any():
            homes = standing.folded(parent, year).frame.drop_duplicates(ENTITY).set_index(ENTITY)[UNIT]
            rows = rows.assign(**{UNIT: rows[UNIT].fillna(rows[name].map(homes).astype("string"))})
    return rows


def _units(registry: Registry, wanted: Wanted, workspace: Workspace) -> tuple[str, ...]:
    """The townships or villages to write for; the county where none is known."""
    ordered = Tree.of(registry.paths).paths if registry.paths else ()
    depth = LEVELS.index(wanted.by)
    if wanted.unit is None:
        found = tuple(path for path in ordered if path.count("/") == depth)
        return found or (workspace.settings.county.name,)
    named = _named(registry, ordered, wanted.unit)
    if named.count("/") >= depth:
        return (named,)
    return tuple(path for path in ordered if path.count("/") == depth and _within(path, named))


def _named(registry: Registry, paths: Sequence[str], name: str) -> str:
    """The one unit that is called so, by its path or its own name, under any of its spellings."""
    found = [path for path in paths if path == name or path.rsplit("/", 1)[-1] == name]
    if not found:
        above, _, own = name.rpartition("/")
        ways = [("", own), (own, "")] if not above else [(above.rpartition("/")[2], own)]
        spelled = {registry.find("", township, village) for township, village in ways}
        found = [path for path in paths if path in spelled]
    if len(found) == 1:
        return found[0]
    if found:
        raise PovplanError(say("template_several_units", name=name, units="、".join(found[:5])))
    near = nearest(name, [*paths, *(path.rsplit("/", 1)[-1] for path in paths)])
    said, hint = say("template_no_unit", name=name), say("suggestion", near=near) if near else Said("", "")
    raise PovplanError(Said(said.zh + hint.zh, f"{said.en} {hint.en}".strip()))


def _within(path: str, unit: str) -> bool:
    return not unit or path == unit or path.startswith(f"{unit}/")


def _places_only(ledger: Ledger, paths: Sequence[str], registry: Registry) -> pd.DataFrame:
    """A blank ledger of units holds their names and codes; any other nothing at all."""
    depth = LEVELS.index(ledger.level) if ledger.level in LEVELS else -1
    if depth < 0:
        return pd.DataFrame()
    known = list(dict.fromkeys("/".join(path.split("/")[: depth + 1]) for path in paths))
    columns = {
        name: pd.array([path.split("/")[number] for path in known], dtype="string")
        for number, level in enumerate(LEVELS[: depth + 1])
        if (name := ledger.placed(level))
    }
    codes = {path: code for code, path in registry.codes.items()}
    if name := ledger.placed("code"):
        columns[name] = pd.array([codes.get(path, pd.NA) for path in known], dtype="string")
    return pd.DataFrame({UNIT: pd.array(known, dtype="string"), **columns})


def _ordered(rows: pd.DataFrame, known: Sequence[str]) -> pd.DataFrame:
    """The rows village by village in official order, within each as the ledger has them."""
    place = {path: number for number, path in enumerate(known)}
    order = rows[UNIT].map(place).fillna(len(place)).argsort(kind="stable")
    return rows.iloc[order].reset_index(drop=True)
