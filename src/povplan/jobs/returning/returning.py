"""`returns`, and what `update` and `validate --mark` send back: which files, which workbooks, where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import pandas as pd

from povplan.errors import NOTHING_ACCEPTED, BadFile, PovplanError
from povplan.excel.marking import Copy
from povplan.excel.workers import Refused, Workers
from povplan.excel.write import drawn
from povplan.jobs.checking import Findings
from povplan.jobs.doubts import standing_findings
from povplan.jobs.receiving import in_file, logged
from povplan.jobs.returning.copies import copying
from povplan.jobs.returning.placing import Shelf, put
from povplan.jobs.returning.senders import Sender, described
from povplan.jobs.returning.telling import anonymous, told
from povplan.jobs.standing import Standing
from povplan.jobs.submissions import Submitted
from povplan.messages import Said, say
from povplan.sheets.book import Book
from povplan.sheets.returns import Returned, workbook
from povplan.store import Batch
from povplan.workspace import Workspace

What = Literal["county", "township", "file"]
EVERYTHING: tuple[What, ...] = ("county", "township", "file")
MOST = 5_000
"""Findings that the county's workbook lists; the townships' list them all."""
MANY = 3_000
"""Findings from which worker processes cost less than they save."""
Returns = tuple[Path | None, Said | None]
"""A file that was written, and what is to be said of it; None where it could not be."""


@dataclass(frozen=True)
class Returning:
    """Findings to be sent back, with the files they were found in."""

    workspace: Workspace
    standing: Standing
    found: Findings
    senders: Sequence[Sender]
    lang: str
    batch: int | None = None
    refused: Sequence[tuple[str, Said]] = ()
    mask: bool = False

    def many(self, years: Sequence[int]) -> bool:
        """Whether there is enough to say of the years for worker processes to pay."""
        year = self.found.frame["year"]
        return int((year.isin(years) | year.isna()).sum()) > MANY

    def units(self, year: int) -> list[str]:
        """Paths of all units of the year, in their order."""
        if year not in self._units:
            self._units[year] = self.standing.units(year)
        return self._units[year]

    @cached_property
    def _units(self) -> dict[int, list[str]]:
        return {}

    @cached_property
    def _told(self) -> dict[tuple[int, ...], pd.DataFrame]:
        return {}

    def of_years(self, years: Sequence[int]) -> pd.DataFrame:
        """The findings of several years, for a file that speaks of all of them."""
        at = tuple(years)
        if at not in self._told:
            self._told[at] = told(self.found, years, self.workspace, self.standing, self.lang)
        return self._told[at]

    def findings(self, year: int, *, undated: bool) -> pd.DataFrame:
        """The findings of a year, perhaps with those of no year, as `told`."""
        frame = self.of_years([year])
        return frame if undated else frame[frame["year"].notna()]


# ---- commands -------------------------------------------------------------------------------------------


def returns(
    workspace: Workspace,
    standing: Standing,
    year: int,
    lang: str,
    *,
    what: Sequence[What] = EVERYTHING,
    folder: Path | None = None,
    mask: bool = False,
) -> Iterator[Returns]:
    """What the findings of the newest batch ask to be returned, file by file as it is written.

    A file of the year that speaks of other years too is marked for all of them, as when it came.
    """
    found = standing_findings(standing)
    batches = standing.checked()
    if not batches:
        raise PovplanError(say("returns_no_batch"), NOTHING_ACCEPTED)
    senders = list(_kept(workspace, batches, year)) if "file" in what else []
    years = sorted({year, *_years_kept(workspace, senders)})
    returning = Returning(
        workspace,
        standing,
        found,
        described(senders, standing, found.sources, years),
        lang,
        batches[-1].id,
        mask=mask,
    )
    plan = list(_planned(returning, year, what, folder, last=True))
    yield from _done(plan, Workers() if returning.many([year]) else None)


def taken(returning: Returning, years: Sequence[int], workers: Workers) -> Iterator[Returns]:
    """What an update returns: workbooks of findings of its years, marked copies of the files it was given.

    A file that speaks of several years is returned once, with the last of them. What is to be made is
    settled at once; it is made as the iterator is run through.
    """
    making: list[_Making] = []
    for year in years:
        here = [one for one in returning.senders if max(one.years, default=year) == year]
        of_year = replace(returning, senders=here)
        making += _planned(of_year, year, EVERYTHING, None, last=year == max(years))
    return _done(making, workers if returning.many(years) else None)


def mark(returning: Returning, years: Sequence[int], folder: Path, workers: Workers) -> Iterator[Returns]:
    """Marked copies of the files, side by side in one folder; made as the iterator is run through."""
    findings = returning.of_years(years)
    shelf = Shelf(folder, None, returning.lang)
    made = [_copy(sender, findings, returning, shelf, folder) for sender in returning.senders]
    return _done([one for one in made if one], workers if returning.many(years) else None)


def senders_of(
    files: Iterable[Submitted],
    standing: Standing,
    found: Findings,
    years: Sequence[int],
    batch: int | None,
) -> list[Sender]:
    """The files of an update or a trial as senders."""
    given = (Sender(file.path, file.name, file.sha256, batch) for file in files)
    return described(given, standing, found.sources, years)


# ---- one year -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Making:
    """A file that is to be made, perhaps by a worker process, and where it will lie."""

    make: Callable[[Path], Copy]
    source: Path
    """What it is made from; a workbook of findings has no such file, and is named by its own place."""
    folder: Path
    stem: str
    name: str = ""
    """The sender's name for the file, for a word on its copy."""


def _planned(
    returning: Returning,
    year: int,
    what: Sequence[What],
    folder: Path | None,
    *,
    last: bool,
) -> Iterator[_Making]:
    findings = returning.findings(year, undated=last)
    root = folder or returning.workspace.root / "returned" / str(year)
    shelf = Shelf(root, returning.batch, returning.lang)
    if "county" in what and (len(findings) or (returning.refused and last)):
        refused = [(name, said.text(returning.lang)) for name, said in returning.refused] if last else []
        yield _county(returning, findings, refused, year, shelf)
    if "township" in what:
        for township, group in _by_township(returning, findings, year):
            yield _township(returning, township, group, year, shelf)
    if "file" in what:
        for sender in returning.senders:
            place = replace(shelf, batch=sender.batch or shelf.batch)
            own = findings if sender.years <= {year} else returning.of_years(sorted(sender.years))
            copy = _copy(sender, own, returning, place, shelf.of_township(sender.township))
            if copy:
                yield copy


def _done(making: Sequence[_Making], workers: Workers | None) -> Iterator[Returns]:
    """Each file made, by workers where there is much to make, and put in its place.

    What workers are to make is packed at once: a thread may run through the iterator, while definitions that
    the packing walks through are looked at, and remember, elsewhere.
    """
    work = [(one.make, one.source) for one in making]
    return _put(making, workers.work(work) if workers else map(_here, making))


def _put(making: Sequence[_Making], results: Iterable[Copy | Refused]) -> Iterator[Returns]:
    for one, made in zip(making, results, strict=True):
        if isinstance(made, Refused):
            for said in logged(one.name, made, "returns_our_bug") or [in_file(one.name, made.said)]:
                yield None, said
        else:
            path = put(one.folder, one.stem, made.suffix, made.data)
            yield path, in_file(one.name, made.said) if made.said else None


def _here(one: _Making) -> Copy | Refused:
    try:
        return one.make(one.source)
    except BadFile as error:
        return Refused(one.source, error.said)


def _county(
    returning: Returning, findings: pd.DataFrame, refused: Sequence[tuple[str, str]], year: int, shelf: Shelf
) -> _Making:
    """The office's own workbook: counts by township, and the gravest findings one by one."""
    shown = anonymous(findings, returning.workspace, returning.lang) if returning.mask else findings
    elsewhere = say("returns_in_townships").text(returning.lang)
    returned = Returned(
        name=_county_name(returning, year),
        year=year,
        batch=returning.batch,
        findings=shown,
        places=_below(returning.units(year), 1),
        refused=refused,
        footer=_footer(masked=returning.mask, lang=returning.lang),
        most=MOST,
        elsewhere=elsewhere,
    )
    return _drawing(returned, returning, shelf.folder, shelf.book_name(None))


def _by_township(
    returning: Returning, findings: pd.DataFrame, year: int
) -> Iterator[tuple[str | None, pd.DataFrame]]:
    """Findings by township in official order, then those that belong to none."""
    order = dict.fromkeys(_below(returning.units(year), 1))
    order |= dict.fromkeys(findings["township"].dropna().unique())
    for township in order:
        group = findings[findings["township"] == township]
        if len(group):
            yield township, group
    nowhere = findings[findings["township"].isna()]
    if len(nowhere):
        yield None, nowhere


def _township(
    returning: Returning, township: str | None, group: pd.DataFrame, year: int, shelf: Shelf
) -> _Making:
    """A township's own workbook, persons in full; of what belongs to no township the county's."""
    if township is None:
        name = say("returns_whole").text(returning.lang)
        title, places = f"{_county_name(returning, year)}（{name}）", []
    else:
        name = township.rsplit("/", 1)[-1]
        title = township.replace("/", "")
        places = [unit for unit in _below(returning.units(year), 2) if unit.startswith(township + "/")]
    returned = Returned(
        name=title,
        year=year,
        batch=returning.batch,
        findings=group,
        places=places,
        footer=_footer(masked=False, lang=returning.lang),
    )
    return _drawing(returned, returning, shelf.of_township(township), shelf.book_name(name))


def _drawing(returned: Returned, returning: Returning, folder: Path, stem: str) -> _Making:
    book = Book((), {}, returning.lang, returning.workspace.config.ledgers)
    return _Making(partial(_draw, returned, book), folder / f"{stem}.xlsx", folder, stem, stem)


def _draw(returned: Returned, book: Book, place: Path) -> Copy:
    return Copy(drawn(workbook(returned, book)), place.suffix)


def _copy(
    sender: Sender, findings: pd.DataFrame, returning: Returning, shelf: Shelf, folder: Path
) -> _Making | None:
    make = copying(sender, findings, returning.found, returning.lang)
    return _Making(make, sender.path, folder, shelf.copy_name(sender.name), sender.name) if make else None


# ---- what they need -------------------------------------------------------------------------------------


def _kept(workspace: Workspace, batches: Sequence[Batch], year: int) -> Iterator[Sender]:
    """The files submitted for a year, as they are kept; of one sent twice the later batch counts."""
    folder = workspace.root / "submissions" / str(year)
    taken = ((batch, one) for batch in batches for one in batch.inputs if one.status == "accepted")
    for batch, one in taken:
        for path in sorted(folder.glob(f"{one.sha256}.*")):
            if path.suffix != ".tmp":
                yield Sender(path, one.name, one.sha256, batch.id)


def _years_kept(workspace: Workspace, senders: Sequence[Sender]) -> set[int]:
    """The years that the files speak of: each lies in the folder of every one of them."""
    files = {sender.path.name for sender in senders}
    folders = [path for path in (workspace.root / "submissions").glob("*") if path.name.isdigit()]
    return {int(folder.name) for folder in folders if any((folder / name).exists() for name in files)}


def _below(units: Sequence[str], depth: int) -> list[str]:
    """The units at a depth below the county, in order of first appearance."""
    return list(
        dict.fromkeys("/".join(unit.split("/")[: depth + 1]) for unit in units if unit.count("/") >= depth)
    )


def _county_name(returning: Returning, year: int) -> str:
    units = returning.units(year)
    return returning.workspace.settings.county.name or (units[0].split("/")[0] if units else "")


def _footer(*, masked: bool, lang: str) -> str:
    return say("table_internal" if masked else "list_internal").text(lang)
