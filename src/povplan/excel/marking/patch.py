"""A workbook's package with findings marked in it: cells, comments, links, a list; the rest byte for byte."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from povplan.excel.marking import cells, comments, listing
from povplan.excel.marking.comments import Blocks
from povplan.excel.marking.listing import Looks, cell_link, first_row, sheet_xml
from povplan.excel.marking.package import FAULTS, OFFICE, NotPatchable, Package
from povplan.excel.marking.sheet import Sheet
from povplan.excel.marking.styles import Styles, tag
from povplan.excel.marking.values import SEVERITIES, TABS, Doubt, Listing, Severity

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
SIGNATURE = "_povplan_findings"
"""A hidden name in the workbook that tells the list of an earlier copy from a sheet of the sender's own."""
MOST_NOTES, MOST_IN_A_NOTE = 3_000, 5
AFTER_SHEETS = ("sheets", "functionGroups", "externalReferences")


@dataclass
class _Place:
    """The findings of one cell, with the lines of the list that they stand in."""

    severity: Severity
    doubts: list[tuple[int, Doubt]]


def patched(data: bytes, wanted: Listing) -> bytes:
    """The package with its findings marked; NotPatchable where that cannot be done safely."""
    try:
        return _patched(Package(data), wanted)
    except FAULTS as error:
        raise NotPatchable(str(error)) from error


def _patched(package: Package, wanted: Listing) -> bytes:
    workbook = package.tree(package.workbook)
    if workbook.tag != tag("workbook"):
        raise NotPatchable("a workbook of another namespace")
    sheets = dict(package.sheets)
    part = package.related(package.workbook, "styles")
    if part is None:
        raise NotPatchable("no styles")
    styles = Styles(package.tree(part))
    earlier = _earlier_list(workbook, sheets)
    opened: dict[str, Sheet] = {}
    if earlier:
        others = {name: part for name, part in sheets.items() if name != earlier}
        opened = _unmark_all(package, others, styles, earlier, wanted)
    wanted = replace(wanted, sheet=earlier or _free_name(wanted.sheet, workbook))
    shown = {
        name: opened.get(name) or Sheet(package.read(sheets[name])) for name in _marked_sheets(wanted, sheets)
    }
    opened |= shown
    places = [_shown_place(doubt, shown) for doubt in wanted.doubts]
    silent = _mark_all(package, opened, sheets, wanted, places, styles)
    more = wanted.unlinked.format(count=silent) if silent else ""
    if any(sheet.is_protected for sheet in shown.values()):
        more += wanted.protected
    if more:
        wanted = replace(wanted, lines=[*wanted.lines[:-1], wanted.lines[-1] + more])
    for name, sheet in opened.items():
        package.put(sheets[name], sheet.written())
    _add_list(
        package,
        workbook,
        wanted,
        sheet_xml(wanted, Looks.of(styles, wanted.font), places),
        sheets.get(earlier),
    )
    return package.written()


# ---- cells ----------------------------------------------------------------------------------------------


def _marked_sheets(wanted: Listing, sheets: Mapping[str, str]) -> list[str]:
    names = {doubt.sheet for doubt in wanted.doubts if doubt.place}
    return [name for name in sheets if name in names]


def _shown_place(doubt: Doubt, sheets: Mapping[str, Sheet]) -> tuple[str, int, int] | None:
    """The cell that shows what the finding is about; None where the workbook has no such sheet."""
    if doubt.place is None or doubt.place[0] not in sheets:
        return None
    name, row, column = doubt.place
    return (name, *sheets[name].shown_at(row, column))


def _mark_all(
    package: Package,
    opened: Mapping[str, Sheet],
    sheets: Mapping[str, str],
    wanted: Listing,
    places: Sequence[tuple[str, int, int] | None],
    styles: Styles,
) -> int:
    """Mark the cells of all sheets; how many cells got no comment because there are too many.

    Blank cells get no link: programs that rewrite workbooks would take where it leads for what they hold.
    """
    by_sheet = _gathered(wanted, places)
    spoken = _spoken(by_sheet)
    blocks = Blocks.of(package)
    for name, marks in by_sheet.items():
        sheet = opened[name]
        rows: dict[int, dict[int, Severity]] = {}
        for (row, column), place in marks.items():
            rows.setdefault(row, {})[column] = place.severity
        filled = cells.filled(sheet.rows, sheet.prefix, rows)
        sheet.rows = cells.restyled(sheet.rows, sheet.prefix, rows, styles.marked, sheet.style_of_column)
        sheet.colour_tab(TABS[_worst(place.severity for place in marks.values())])
        sheet.link({at: _way_back(place, wanted) for at, place in sorted(marks.items()) if at in filled})
        notes = {at: _note(place, wanted) for at, place in marks.items() if (name, *at) in spoken}
        comments.comment(package, sheets[name], sheet, notes, wanted.author, blocks)
    return sum(map(len, by_sheet.values())) - len(spoken)


def _gathered(
    wanted: Listing, places: Sequence[tuple[str, int, int] | None]
) -> dict[str, dict[tuple[int, int], _Place]]:
    """Sheet → cell → its findings, of those that are open."""
    found: dict[str, dict[tuple[int, int], _Place]] = {}
    for line, (doubt, at) in enumerate(zip(wanted.doubts, places, strict=True), first_row(wanted)):
        if at is None or not doubt.open:
            continue
        place = found.setdefault(at[0], {}).setdefault(at[1:], _Place(doubt.severity, []))
        place.severity = _worst((place.severity, doubt.severity))
        place.doubts.append((line, doubt))
    return found


def _spoken(by_sheet: Mapping[str, Mapping[tuple[int, int], _Place]]) -> set[tuple[str, int, int]]:
    """The cells that get a comment: all, or as many of the gravest as Excel can be asked to show."""
    ordered = sorted(
        (SEVERITIES.index(place.severity), place.doubts[0][0], (name, *at))
        for name, marks in by_sheet.items()
        for at, place in marks.items()
    )
    return {at for _, _, at in ordered[:MOST_NOTES]}


def _note(place: _Place, wanted: Listing) -> str:
    said = [doubt.note.replace("{row}", str(line)) for line, doubt in place.doubts[:MOST_IN_A_NOTE]]
    more = len(place.doubts) - MOST_IN_A_NOTE
    return "\n\n".join(said + ([wanted.more.format(count=more)] if more > 0 else []))


def _way_back(place: _Place, wanted: Listing) -> tuple[str, str]:
    line = place.doubts[0][0]
    return cell_link(wanted.sheet, line, 1), f"{wanted.sheet} {line}"


def _worst(severities: Iterator[Severity] | Sequence[Severity]) -> Severity:
    return min(severities, key=SEVERITIES.index)


# ---- what an earlier copy left --------------------------------------------------------------------------


def _earlier_list(workbook: Any, sheets: Mapping[str, str]) -> str:
    """The list that an earlier copy brought along, where this is one that has come back."""
    for name in workbook.iterfind(f"{tag('definedNames')}/{tag('definedName')}"):
        if name.get("name") == SIGNATURE and name.text:
            sheet = name.text.rpartition("!")[0].strip("'").replace("''", "'")
            return sheet if sheet in sheets else ""
    return ""


def _unmark_all(
    package: Package, sheets: Mapping[str, str], styles: Styles, earlier: str, wanted: Listing
) -> dict[str, Sheet]:
    """The sheets that an earlier copy had marked, unmarked."""
    bare = styles.unmarked()
    places = (cell_link(earlier, 1, 1)[:-2], f"{earlier}!")
    changed = {}
    for name, part in sheets.items():
        try:
            sheet = Sheet(package.read(part))
        except NotPatchable:
            continue
        rows = cells.replaced(sheet.rows, bare)
        touched = sheet.unlink(places) | comments.uncomment(package, part, wanted.author, wanted.begins)
        if touched or rows != sheet.rows:
            sheet.rows = rows
            sheet.bare_tab(set(TABS.values()))
            changed[name] = sheet
    return changed


# ---- the list -------------------------------------------------------------------------------------------


def _free_name(name: str, workbook: Any) -> str:
    taken = {one.get("name", "").casefold() for one in workbook.find(tag("sheets"))}
    candidates = [name, *(f"{name}({number})" for number in range(2, len(taken) + 3))]
    return next(one for one in candidates if one.casefold() not in taken)


def _add_list(package: Package, workbook: Any, wanted: Listing, data: bytes, earlier: str | None) -> None:
    """The list as the last sheet, or in place of an earlier one; named, its headings repeated in print."""
    if earlier is not None:
        package.put(earlier, data)
        _name_list(workbook, wanted, _position(workbook, wanted.sheet))
        return
    folder = posixpath.dirname(package.workbook) or "xl"
    part = package.free(folder + "/worksheets/sheet{n}.xml")
    package.put(part, data)
    package.declare(part, SHEET_TYPE)
    sheets = workbook.find(tag("sheets"))
    number = max((int(one.get("sheetId", 0)) for one in sheets), default=0) + 1
    one = etree.SubElement(sheets, tag("sheet"), name=wanted.sheet, sheetId=str(number))
    one.set(f"{{{OFFICE}}}id", package.relate(package.workbook, part, f"{OFFICE}/worksheet"))
    _name_list(workbook, wanted, len(sheets) - 1)


def _position(workbook: Any, name: str) -> int:
    return [one.get("name") for one in workbook.find(tag("sheets"))].index(name)


def _name_list(workbook: Any, wanted: Listing, position: int) -> None:
    heading = listing.first_row(wanted) - 1
    quoted = cell_link(wanted.sheet, 1, 1).rpartition("!")[0]
    names = workbook.find(tag("definedNames"))
    if names is None:
        names = etree.Element(tag("definedNames"))
        before = {tag(one) for one in AFTER_SHEETS}
        last = max(at for at, child in enumerate(workbook) if child.tag in before)
        workbook.insert(last + 1, names)
    for old in [one for one in names if _is_ours(one, position)]:
        names.remove(old)
    titles = etree.SubElement(
        names, tag("definedName"), name="_xlnm.Print_Titles", localSheetId=str(position)
    )
    titles.text = f"{quoted}!${heading}:${heading}"
    signature = etree.SubElement(names, tag("definedName"), name=SIGNATURE, hidden="1")
    signature.text = f"{quoted}!$A$1"


def _is_ours(name: Any, position: int) -> bool:
    local = name.get("name") in ("_xlnm.Print_Titles", "_xlnm._FilterDatabase") and name.get(
        "localSheetId"
    ) == str(position)
    return bool(local or name.get("name") == SIGNATURE)
