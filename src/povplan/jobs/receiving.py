"""Submitted files → tables, each with its year; what is not taken, and why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from povplan.config import Config
from povplan.excel.workers import Reader, Refused, read_in_workers
from povplan.jobs.dating import titled, vouched
from povplan.jobs.gathering import FILED_LATER, ReadTable
from povplan.jobs.profiles import other_profiles, plan_of
from povplan.jobs.reading import FileRead, SheetRead, read_file
from povplan.jobs.submissions import Collected, Submitted
from povplan.memory.registers import REGISTERS
from povplan.messages import Said, say
from povplan.reading.tables import SheetTables, TypedTable
from povplan.reading.templates import Filled
from povplan.spec import Ledger

OF_ANY_YEAR = frozenset({*REGISTERS, *FILED_LATER})
"""Ledgers whose rows each say of which year they speak, whatever stands above them."""
Progress = Callable[[Said], None]


@dataclass
class Received:
    """The tables of all readable files, the files that gave any, and a word on everything else."""

    tables: list[ReadTable] = field(default_factory=list)
    files: list[Submitted] = field(default_factory=list)
    refused: list[tuple[str, Said]] = field(default_factory=list)
    remarks: list[Said] = field(default_factory=list)
    stated: set[int] = field(default_factory=set)
    """Years that lines above the tables name."""


def receive(
    collected: Collected, config: Config, progress: Progress, read: Reader = read_in_workers
) -> Received:
    """Read all files in worker processes and take the sheets that are forms of the workspace."""
    received = Received(refused=list(collected.refused), remarks=list(collected.skipped))
    strangers: list[tuple[Submitted, FileRead]] = []
    paths = [file.path for file in collected.files]
    results = read(partial(read_file, plan=plan_of(config)), paths)
    for file, result in zip(collected.files, results, strict=True):
        progress(say("progress_file", name=file.name))
        if isinstance(result, Refused):
            received.refused.append((file.name, result.said))
            received.remarks += logged(file.name, result)
        elif result.recognised:
            _take(result, file, config, received)
        else:
            strangers.append((file, result))
    others = other_profiles([file.path for file, _ in strangers], config)
    received.refused += [
        (file.name, _no_form(result, file, others.get(file.path))) for file, result in strangers
    ]
    return received


def _take(result: FileRead, file: Submitted, config: Config, into: Received) -> None:
    """The tables of the file's recognised sheets; each sheet's remarks and refusals."""
    into.remarks += [in_file(file.name, say(key)) for key in result.remarks]
    taken: list[ReadTable] = []
    for sheet in result.sheets:
        said = _refusal(sheet, file)
        if said:
            into.refused.append((file.name, said))
        elif sheet.tables is None:
            into.remarks += [in_file(file.name, sheet.refused)] if sheet.refused else []
        else:
            into.remarks += _remarks(sheet, sheet.tables, file.name)
            into.stated |= sheet.years
            tables = with_notes(sheet.tables, config) if sheet.lines.data else []
            template = vouched(sheet, file.year)
            year = template.stamp.year if template else file.year
            own = None if year else titled(sheet)
            for table in tables:
                title = None if table.ledger in OF_ANY_YEAR else own
                taken.append(ReadTable(table, file.sha256, file.name, year, template, title))
    into.tables += taken
    into.files += [file] if taken else []


def _refusal(sheet: SheetRead, file: Submitted) -> Said | None:
    """Why a recognised sheet is not taken: its own title speaks of another year."""
    if sheet.template or not file.year or not sheet.years or file.year in sheet.years:
        return None
    if sheet.tables and all(table.ledger in FILED_LATER for table in sheet.tables.tables):
        return None
    stated = max(sheet.years)
    return say("file_year_differs", name=file.name, sheet=sheet.sheet, stated=stated, year=file.year)


def _remarks(sheet: SheetRead, tables: SheetTables, name: str) -> Iterator[Said]:
    where = {"name": name, "sheet": sheet.sheet}
    if sheet.said:
        yield in_file(name, sheet.said)
    if sheet.template:
        yield in_file(f"{name} {sheet.sheet}", of_template(sheet.template))
    if sheet.template and not sheet.lines.data:
        return
    if not sheet.lines.data:
        yield say("file_no_rows", **where)
        return
    if sheet.hidden_rows:
        yield say("hidden_rows", count=sheet.hidden_rows, **where)
    if sheet.hidden:
        yield say("hidden_sheet", **where)
    if tables.totals_agreeing:
        yield say("totals_agree", count=tables.totals_agreeing, **where)


def of_template(template: Filled) -> Said:
    """What a template is, and how far it is filled in."""
    stamp = template.stamp
    unit = stamp.unit.replace("/", "") or say("look_county").zh
    parts = [say("template_filled", filled=template.filled, unit=unit, year=stamp.year)]
    if template.unfilled:
        parts.append(say("template_unfilled", count=template.unfilled))
    if template.left:
        parts.append(say("template_left" if template.filled else "template_empty", count=template.left))
    elif not template.filled:
        parts.append(say("template_blank"))
    return Said("".join(one.zh for one in parts), " ".join(one.en for one in parts))


def with_notes(tables: SheetTables, config: Config) -> list[TypedTable]:
    """The tables, each with those notes of the sheet that speak of its columns; the rest at the first."""
    placed = list(tables.tables)
    for note in tables.notes:
        at = next(
            (
                number
                for number, table in enumerate(placed)
                if note.field is None or _has(table, config.ledgers[table.ledger], note.field, note.column)
            ),
            None,
        )
        if at is not None:
            placed[at] = replace(placed[at], notes=(*placed[at].notes, note))
    return placed


def _has(table: TypedTable, ledger: Ledger, name: str, column: int) -> bool:
    if name in table.columns:
        return table.columns[name] == column
    return name in table.compare and name in ledger.names


def _no_form(result: FileRead, file: Submitted, other: Said | None) -> Said:
    """Why no sheet of the file was taken, and whose form it may be."""
    reasons = [sheet.refused for sheet in result.sheets if sheet.refused]
    why = other or next(iter(reasons), None)
    if why is None:
        return say("file_no_table", name=file.name)
    zh = say("file_no_form", name=file.name, why=why.zh).zh
    return Said(zh, say("file_no_form", name=file.name, why=why.en).en)


def in_file(name: str, said: Said) -> Said:
    """The sentence with the file that it speaks of before it."""
    return Said(f"{name}：{said.zh}", f"{name}: {said.en}")


def logged(name: str, refused: Refused, key: str = "file_our_bug") -> Sequence[Said]:
    """Where the trail of our own fault is kept: code only, for messages may quote a cell."""
    if not refused.trace:
        return ()
    trail = [line for line in refused.trace.splitlines() if line.startswith('  File "')]
    with tempfile.NamedTemporaryFile(
        "w", prefix="povplan-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write("\n".join([refused.said.en, *trail]) + "\n")
    return (say(key, name=name, log=log.name),)
