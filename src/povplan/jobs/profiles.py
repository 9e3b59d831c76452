"""Whose form is a file? The definitions of several profiles tried on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from povplan.config import Config, load_config, profiles
from povplan.errors import ConfigError
from povplan.excel.workers import Refused, read_in_workers
from povplan.grid import Grid
from povplan.jobs.reading import FileRead, Plan, SheetRead, is_empty, read_sheet, recognise
from povplan.messages import Said, say
from povplan.reading.lines import Definitions
from povplan.words import Vocabulary


def plan_of(config: Config) -> Plan:
    """What workers need of the configuration."""
    vocabulary = Vocabulary(config.measurement, config.words)
    return Plan(Definitions(config.ledgers, config.codes, vocabulary), tuple(config.forms.values()))


def other_profiles(paths: Sequence[Path], config: Config) -> dict[Path, Said]:
    """For each file that a form of another shipped profile fits, that profile in words."""
    if not paths:
        return {}
    others = [other for name in profiles() if name != config.profile.profile and (other := _loaded(name))]
    fits = partial(fitting, plans=[plan_of(other) for other in others])
    found = {}
    for path, result in zip(paths, read_in_workers(fits, paths), strict=True):
        if result is not None and not isinstance(result, Refused):
            number, form = result
            profile = others[number].profile
            zh = say("file_other_profile", profile=profile.label.zh, form=form.zh, id=profile.profile).zh
            label = profile.label.text("en")
            en = say("file_other_profile", profile=label, form=form.en, id=profile.profile).en
            found[path] = Said(zh, en)
    return found


def fitting(path: Path, plans: Sequence[Plan]) -> tuple[int, Said] | None:
    """The first plan that has a form for a sheet of the file, and the form's label. Runs in a worker."""
    from povplan.excel import read_workbook

    grids = read_workbook(path).grids
    for number, plan in enumerate(plans):
        for grid in grids:
            layout, _ = recognise(grid, plan)
            if layout is not None:
                return number, layout.form.label.said
    return None


@dataclass(frozen=True)
class Fitted:
    """A file as the definitions that explain most of it read it: their number among those tried."""

    plan: int
    read: FileRead
    titles: tuple[str, ...]
    """The first text of every sheet."""


def best_fitting(path: Path, plans: Sequence[Plan]) -> Fitted:
    """The file under the plan that explains most of its columns, of equals the first. Runs in a worker.

    Where no sheet is a form of any plan, the plan whose form one of them resembles most. BadFile where the
    file is no table.
    """
    from povplan.excel import read_workbook

    book = read_workbook(path)
    grids = [grid for grid in book.grids if not is_empty(grid)]
    tried = [tuple(read_sheet(grid, plan) for grid in grids) for plan in plans]
    best = max(range(len(plans)), key=lambda number: _explained(tried[number]))
    titles = tuple(text for grid in grids if (text := _title(grid)))
    return Fitted(best, FileRead(path, book.kind, tried[best], book.remarks), titles)


def _explained(sheets: Sequence[SheetRead]) -> tuple[int, int]:
    """Columns of recognised sheets; then those that the nearest form of any sheet explains."""
    return sum(sheet.found for sheet in sheets if sheet.form), max((s.found for s in sheets), default=0)


def _title(grid: Grid) -> str | None:
    """The first text of a sheet, from the top, from the left."""
    cells = (cell for row in range(1, grid.height + 1) for cell in grid.row(row))
    return next((cell for cell in cells if isinstance(cell, str) and cell.strip()), None)


def _loaded(name: str) -> Config | None:
    try:
        return load_config(name)
    except ConfigError:
        return None
