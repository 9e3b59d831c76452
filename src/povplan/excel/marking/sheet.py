"""One worksheet being patched: its rows as bytes, everything around them as a small tree."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from lxml import etree

from povplan.excel.marking.package import OFFICE, NotPatchable, parsed, serialized
from povplan.excel.marking.styles import tag
from povplan.model import column_letters, column_number

ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate",
    "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks",
    "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
    "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
"""The children of a worksheet in the order that its schema demands."""
MOST_LINKS = 60_000
"""Hyperlinks that a sheet is given; Excel's own limit lies at 65,530."""

_ROOT = re.compile(rb"<((?:\w+:)?)worksheet[\s>]")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)[\"']")
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")


class Box(NamedTuple):
    """A range of cells, all ends included, from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


class Sheet:
    """A worksheet part taken apart: `rows` are the bytes between the tags of sheetData."""

    def __init__(self, data: bytes) -> None:
        encoding = _ENCODING.match(data[:200])
        root = _ROOT.search(data)
        utf8 = encoding is None or encoding[1].lower() in (b"utf-8", b"utf8", b"us-ascii")
        if root is None or not utf8 or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise NotPatchable("a sheet in an unusual encoding")
        self.prefix = root[1]
        before, self.rows, after = _apart(data, self.prefix)
        if b"<!" in self.rows or b"<?" in self.rows:
            raise NotPatchable("comments among the rows")
        self._empty = b"<" + self.prefix + b"sheetData/>"
        self.root = parsed(before + self._empty + after)
        if self.root.tag != tag("worksheet"):
            raise NotPatchable("a sheet of another namespace")

    def written(self) -> bytes:
        """The part, put together again."""
        text = serialized(self.root)
        before, found, after = text.partition(self._empty)
        if not found:
            raise NotPatchable("rows lost their place")
        opening, closing = (b"<%b%bsheetData>" % (slash, self.prefix) for slash in (b"", b"/"))
        return b"".join((before, opening, self.rows, closing, after))

    # ---- what is there ----------------------------------------------------------------------------------

    @cached_property
    def merges(self) -> list[Box]:
        """The merged ranges."""
        return [
            _box(one.get("ref", "")) for one in self.root.iterfind(f"{tag('mergeCells')}/{tag('mergeCell')}")
        ]

    @property
    def is_protected(self) -> bool:
        """Whether locked cells of it cannot be changed."""
        found = self.root.find(tag("sheetProtection"))
        return found is not None and found.get("sheet") in ("1", "true")

    @cached_property
    def _columns(self) -> list[Any]:
        return list(self.root.iterfind(f"{tag('cols')}/{tag('col')}"))

    def style_of_column(self, column: int) -> int:
        """The style that a blank cell has from its column."""
        return next((int(col.get("style", 0)) for col in self._covering(column)), 0)

    def pixels_of_column(self, column: int) -> int:
        """About how wide a column is on the screen."""
        for col in self._covering(column):
            hidden = col.get("hidden") in ("1", "true")
            return 0 if hidden else int(float(col.get("width", 8.43)) * 7 + 5)
        return 64

    def _covering(self, column: int) -> Iterator[Any]:
        return (col for col in self._columns if int(col.get("min", 0)) <= column <= int(col.get("max", 0)))

    def shown_at(self, row: int, column: int) -> tuple[int, int]:
        """The cell that shows what stands at a place: the first of its merged range."""
        for box in self.merges:
            if box.holds(row, column):
                return box.top, box.left
        return row, column

    # ---- what is changed -----------------------------------------------------------------------------------

    def child(self, name: str) -> Any:
        """The child of that name, made at its place where there is none."""
        found = self.root.find(tag(name))
        if found is None:
            found = etree.Element(tag(name), nsmap={"r": OFFICE} if name == "legacyDrawing" else None)
            below = {tag(one) for one in ORDER[: ORDER.index(name)]}
            last = [at for at, child in enumerate(self.root) if child.tag in below]
            self.root.insert(last[-1] + 1 if last else 0, found)
        return found

    def colour_tab(self, colour: str) -> None:
        """The colour of the sheet's tab."""
        properties = self.child("sheetPr")
        found = properties.find(tag("tabColor"))
        if found is not None:
            properties.remove(found)
        properties.insert(0, etree.Element(tag("tabColor"), rgb=colour))

    def bare_tab(self, colours: Container[str]) -> None:
        """Take the colour off the tab if it is one of those."""
        properties = self.root.find(tag("sheetPr"))
        found = None if properties is None else properties.find(tag("tabColor"))
        if found is not None and found.get("rgb") in colours:
            properties.remove(found)

    def link(self, places: dict[tuple[int, int], tuple[str, str]]) -> None:
        """Links from cells to a place, each with its tip; cells with a link of their own keep it."""
        boxes = [
            _box(one.get("ref", "")) for one in self.root.iterfind(f"{tag('hyperlinks')}/{tag('hyperlink')}")
        ]
        single = {(box.top, box.left) for box in boxes if box[:2] == box[2:]}
        wide = [box for box in boxes if box[:2] != box[2:]]
        room = MOST_LINKS - len(boxes)
        free = [at for at in places if at not in single and not any(box.holds(*at) for box in wide)][
            : max(room, 0)
        ]
        if not free:
            return
        parent = self.child("hyperlinks")
        for row, column in free:
            location, tip = places[row, column]
            etree.SubElement(parent, tag("hyperlink"), ref=f"{column_letters(column)}{row}",
                             location=location, tooltip=tip)  # fmt: skip

    def unlink(self, places: tuple[str, ...]) -> bool:
        """Take away the links that lead to a place beginning so; whether there were any."""
        parent = self.root.find(tag("hyperlinks"))
        ours = [] if parent is None else [o for o in parent if (o.get("location") or "").startswith(places)]
        for one in ours:
            parent.remove(one)
        if ours and not len(parent):
            self.root.remove(parent)
        return bool(ours)


def _apart(data: bytes, prefix: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the rows, the rows, what stands after them."""
    opening = re.compile(rb"<" + prefix + rb"sheetData(?:\s[^<>]*?)?(/?)>").search(data)
    if opening is None:
        raise NotPatchable("no rows")
    if opening[1]:
        return data[: opening.start()], b"", data[opening.end() :]
    closing = data.rfind(b"</" + prefix + b"sheetData>")
    if closing < 0:
        raise NotPatchable("rows without an end")
    return data[: opening.start()], data[opening.end() : closing], data[closing + len(prefix) + 12 :]


def _box(ref: str) -> Box:
    found = _RANGE.fullmatch(ref)
    if found is None:
        return Box(0, 0, -1, -1)
    top, left = int(found[2]), column_number(found[1].encode())
    return Box(top, left, int(found[4] or top), column_number(found[3].encode()) if found[3] else left)
