"""`look`: what the files of a folder are, and what is wrong with them. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from povplan.config import Config, load_config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.excel.workers import Reader, Refused, read_in_workers
from povplan.jobs.dating import Dated, dated, vouched, year_of_folder
from povplan.jobs.fitting import Fitted, best_fitting
from povplan.jobs.gathering import PLAUSIBLE, ReadTable
from povplan.jobs.passing import Passed, pass_through
from povplan.jobs.profiles import plan_of
from povplan.jobs.reading import SheetRead
from povplan.jobs.receiving import Progress, of_template, with_notes
from povplan.jobs.submissions import Collected, Submitted, collect
from povplan.messages import Said, say
from povplan.reading.templates import Filled
from povplan.workspace import Workspace

What = Literal["table", "blank", "other", "refused"]
"""A form with rows, one without, a sheet that is no form known, a file of which nothing was read."""


@dataclass(frozen=True)
class Sighting:
    """One sheet as it was seen, or a file that has none to see."""

    file: str
    sheet: str | None
    what: What
    form: Said | None = None
    profile: str | None = None
    years: tuple[int, ...] = ()
    """Empty where nobody says it."""
    rows: int = 0
    units: int = 0
    """Villages that its rows name."""
    agreeing: int = 0
    totals: int = 0
    """Printed totals that could be judged, and of them `agreeing`."""
    hidden_rows: int = 0
    hidden: bool = False
    found: int = 0
    """Columns that its form explains; without one, the form most like it."""
    said: Said | None = None
    """Why it was not read, or what a reader should know."""
    template: Filled | None = None
    """What it says of itself, where povplan made it."""


@dataclass
class Looked:
    """All that was seen: sheet by sheet, what was passed over, and by profile who reported what."""

    sightings: list[Sighting] = field(default_factory=list)
    skipped: list[Said] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    assumed: int | None = None
    """The year under which tables were checked of which nobody says the year."""

    @property
    def refused(self) -> bool:
        """Whether a file was not read, or is no form known."""
        return bool(self.unknown)

    @property
    def forms(self) -> list[Sighting]:
        """The sheets that are a form, be it blank."""
        return [one for one in self.sightings if one.form is not None]

    @property
    def unknown(self) -> dict[str, Said]:
        """File of which no sheet is a form → why: of its sheets the one most like a form says it."""
        known = {one.file for one in self.forms}
        others = sorted((one for one in self.sightings if one.file not in known), key=lambda one: one.found)
        why = {one.file: one.said for one in others if one.said}
        return {one.file: why[one.file] for one in self.sightings if one.file in why}

    @property
    def severities(self) -> set[str]:
        """How grave the findings are, each severity once."""
        return {str(one) for passed in self.passed for one in passed.findings.frame["severity"].unique()}

    @property
    def years(self) -> list[int]:
        """All years that somebody states, ascending."""
        return sorted({year for one in self.sightings for year in one.years})


@dataclass(frozen=True)
class Question:
    """What to look at, and under which definitions: each file under those that explain it best."""

    given: Sequence[Path]
    configs: Sequence[Config]
    workspace: Workspace | None = None
    year: int | None = None

    @property
    def named(self) -> str:
        """The paths as they were given."""
        return "、".join(str(path) for path in self.given)


def definitions(workspace: Workspace | None, profile: str | None, shipped: Iterable[str]) -> list[Config]:
    """The definitions to read under: of the profile named, of the workspace, else every shipped profile."""
    if profile is not None:
        return [load_config(profile)]
    return [workspace.config] if workspace else [load_config(name) for name in shipped]


def look(question: Question, last_year: int, progress: Progress, read: Reader = read_in_workers) -> Looked:
    """Read every file in worker processes and check its tables in memory.

    PovplanError where nothing is there to read, or no file holds a table; a bad file costs that file only.
    `last_year` is taken for tables of which neither rows, title nor folder say the year.
    """
    collected = _collected(question)
    looked = Looked(skipped=collected.skipped)
    looked.sightings += [Sighting(name, None, "refused", said=said) for name, said in collected.refused]
    seen = list(_seen(question, collected, looked, progress, read))
    progress(say("progress_checking"))
    if any(table.undated for table in seen):
        looked.assumed = max(looked.years, default=last_year)
    for number, config in enumerate(question.configs):
        mine = [table for table in seen if table.plan == number]
        if mine:
            looked.passed.append(_passed(mine, config, looked.assumed, question.workspace))
    _count_units(looked)
    return looked


def _collected(question: Question) -> Collected:
    """The files to read; PovplanError where there is none, or the year cannot be."""
    if question.year is not None and not PLAUSIBLE[0] <= question.year <= PLAUSIBLE[1]:
        raise PovplanError(say("year_odd", year=question.year))
    root = question.workspace.root if question.workspace else None
    collected = collect(question.given, root, question.year)
    if not collected.files and not collected.refused:
        key = "look_only_units" if collected.units else "look_only_noise"
        raise PovplanError(say(key, folder=question.named), NOTHING_ACCEPTED)
    return collected


def _passed(
    tables: Sequence[_Table], config: Config, assumed: int | None, workspace: Workspace | None
) -> Passed:
    """The tables of one set of definitions, checked; those of unknown year under the one assumed."""
    read = [replace(one.read, year=assumed) if one.undated else one.read for one in tables]
    titles = [title for one in tables for title in one.titles]
    undated = {one.read.at for one in tables if one.undated}
    return pass_through(read, titles, undated, config, workspace)


# ---- files -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A table seen, the file it stands in, and the definitions it was read under."""

    plan: int
    read: ReadTable
    titles: tuple[str, ...]
    undated: bool
    """Whether nobody says the year."""


def _seen(
    question: Question, collected: Collected, into: Looked, progress: Progress, read: Reader
) -> Iterator[_Table]:
    """Every table of every file, in the order of the files; each sheet noted down as it comes by."""
    plans = [plan_of(config) for config in question.configs]
    labels = labelled(collected.files)
    paths = [file.path for file in collected.files]
    results = read(partial(best_fitting, plans=plans), paths)
    for file, result in zip(collected.files, results, strict=True):
        progress(say("progress_file", name=file.name))
        label = labels[file.path]
        if isinstance(result, Refused):
            into.sightings.append(Sighting(label, None, "refused", said=_why(result)))
        else:
            yield from _tables(result, file, label, question, into)


def _why(refused: Refused) -> Said:
    """What stopped the reader. Where it was our own fault, no trail is left on the disk."""
    if not refused.trace:
        return refused.said
    what = refused.trace.splitlines()[-1].split(":")[0]
    if refused.sheet:
        return say("look_our_bug_sheet", what=what, sheet=refused.sheet)
    return say("look_our_bug", what=what)


def labelled(files: Sequence[Submitted]) -> dict[Path, str]:
    """Each file's name, with as many folders before it as tell it from its namesakes."""
    left = [file.path for file in files]
    labels: dict[Path, str] = {}
    for depth in range(1, 1 + max((len(path.parts) for path in left), default=0)):
        tails = {path: "/".join(path.parts[-depth:]) for path in left}
        count = Counter(tails.values())
        labels |= {path: tail for path, tail in tails.items() if count[tail] == 1 or depth == len(path.parts)}
        left = [path for path in left if path not in labels]
    return labels


def _tables(
    fitted: Fitted, file: Submitted, label: str, question: Question, into: Looked
) -> Iterator[_Table]:
    config = question.configs[fitted.plan]
    sheets = fitted.read.sheets
    if not sheets:
        into.sightings.append(Sighting(label, None, "other", said=say("look_empty")))
    folder = year_of_folder(file.path, question.given)
    remarks = [say(key) for key in fitted.read.remarks]
    for sheet in sheets:
        when = dated(sheet, question.year or file.year, folder)
        into.sightings.append(_sighting(sheet, label, when, config, remarks))
        remarks = []
        if sheet.tables is not None and sheet.lines.data:
            for table in with_notes(sheet.tables, config):
                template = vouched(sheet, question.year or file.year)
                read = ReadTable(table, file.sha256, label, when.given, template)
                yield _Table(fitted.plan, read, fitted.titles, undated=not when.years)


def _sighting(sheet: SheetRead, file: str, when: Dated, config: Config, remarks: Sequence[Said]) -> Sighting:
    """One sheet in numbers and words."""
    if sheet.form is None or sheet.tables is None:
        said = sheet.refused if sheet.found else say("look_no_form")
        return Sighting(file, sheet.sheet, "other", hidden=sheet.hidden, found=sheet.found, said=said)
    differing = sum(note.rule == "total_differs" for note in sheet.tables.notes)
    own = [of_template(sheet.template)] if sheet.template else []
    said = _together([*remarks, *own, *(one for one in (sheet.said, when.said) if one)])
    return Sighting(
        file=file,
        sheet=sheet.sheet,
        what="table" if sheet.lines.data else "blank",
        form=sheet.form.label.said,
        profile=config.profile.profile,
        years=when.years if sheet.lines.data or sheet.template else (),
        rows=len(sheet.lines.data),
        agreeing=sheet.tables.totals_agreeing,
        totals=sheet.tables.totals_agreeing + differing,
        hidden_rows=sheet.hidden_rows,
        hidden=sheet.hidden,
        found=sheet.found,
        said=said,
        template=sheet.template,
    )


def _together(said: Sequence[Said]) -> Said | None:
    return Said("".join(one.zh for one in said), " ".join(one.en for one in said)) if said else None


def _count_units(looked: Looked) -> None:
    """Write down how many villages each sheet names."""
    at = {
        (file, sheet): len(units)
        for passed in looked.passed
        for (file, sheet), units in passed.villages_by_sheet().items()
    }
    looked.sightings = [
        replace(one, units=at.get((one.file, one.sheet or ""), 0)) for one in looked.sightings
    ]
