"""How cells look in a drawn workbook: one format for each combination that occurs, made once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from povplan.sheets.page import NOT_APPLICABLE, WITHHELD_SIGN, Cell, Fonts, Look, RowLook

BLUE, GREY, PALE, GREEN, RED, LINE = "#1F4E79", "#7F7F7F", "#D9D9D9", "#1E7B34", "#B3261E", "#A6A6A6"
ROWS: dict[RowLook, dict[str, Any]] = {
    "plain": {},
    "total": {"bold": True, "bg_color": "#DCE6F1"},
    "subtotal": {"bold": True, "bg_color": "#F2F6FA"},
    "section": {"bold": True, "bg_color": "#EDEDED"},
}
CELLS: dict[str, dict[str, Any]] = {
    "plain": {},
    "muted": {"font_color": GREY},
    "good": {"font_color": GREEN},
    "bad": {"font_color": RED},
    "link": {"font_color": BLUE, "underline": 1},
    "strong": {"bold": True},
}
NAMED: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "align": "center", "text_wrap": True},
    "caption": {"bold": True, "font_size": 11, "text_wrap": True},
    "left": {"font_color": GREY, "text_wrap": True},
    "home": {"font_color": BLUE, "underline": 1},
    "right": {"align": "right", "font_color": GREY, "text_wrap": True},
    "note": {"text_wrap": True, "valign": "top", "font_size": 9, "font_color": "#404040"},
    "words": {"text_wrap": True, "valign": "top", "font_size": 11},
    "cover": {"bold": True, "font_size": 28, "align": "center", "text_wrap": True},
    "cover_small": {"font_size": 18, "align": "center"},
    "cover_label": {"font_size": 13, "align": "right"},
    "cover_value": {"font_size": 13, "text_wrap": True},
    "signature": {"font_size": 13, "bottom": 1},
}
ENTRIES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "border": 0, "text_wrap": True},
    "above": {"border": 0},
    "stamp": {"font_size": 7, "font_color": GREY, "border": 0, "shrink": True},
    "unit_note": {"font_color": GREY, "border": 0},
    "signatures": {"border": 0, "locked": False},
    "head_key": {"bg_color": "#D9E1EC"},
    "head_carried": {"bg_color": "#DCE6F1"},
    "head_asked": {"bg_color": "#FFE9A8"},
    "head_last": {"bg_color": "#E4E4E4", "font_color": "#595959", "bold": False},
    "total": {"bold": True, "bg_color": "#DCE6F1", "align": "right"},
    "number": {"font_color": GREY, "align": "center", "bg_color": "#F2F2F2"},
    "locked": {"bg_color": "#F2F2F2"},
    "last": {"bg_color": "#EDEDED", "font_color": "#595959", "italic": True},
    "asked": {"bg_color": "#FFFBEA", "locked": False},
    "open": {"locked": False},
}
ENTRIES |= {
    f"{name}_required": {**ENTRIES[name], "font_color": RED} for name in list(ENTRIES) if "head_" in name
}
"""How the cells of a form look that is to be filled in: grey is not written in, yellow is asked for."""
FILLED = ("locked", "last", "asked", "open")
"""Those of cells that hold values; words in them are broken over lines."""
HEADINGS = {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DCE6F1"}


@dataclass
class Looks:
    """The formats of one workbook."""

    book: Any
    fonts: Fonts
    _made: dict[str, Any] = field(default_factory=dict)
    _entries: dict[tuple[str, str], Any] = field(default_factory=dict)
    _cells: dict[tuple[Look, RowLook, int, str, bool], Any] = field(default_factory=dict)

    def named(self, name: str) -> Any:
        """The format of a title, a note, a line of the cover."""
        big = name in ("title", "cover", "caption")
        return self._format({"font_name": self.fonts.title if big else self.fonts.body, **NAMED[name]})

    @staticmethod
    def points(name: str) -> float:
        """The size of the letters of a title, a note, a line of the cover."""
        return float(NAMED[name].get("font_size", 10))

    def heading(self, link: bool = False) -> Any:
        """The format of a column's heading; of one that leads elsewhere."""
        return self._format({**self._boxed(), **HEADINGS, **(CELLS["link"] if link else {})})

    def entry(self, name: str, shape: str = "") -> Any:
        """The format of a cell of a form that is to be filled in."""
        if (name, shape) not in self._entries:
            font = self.fonts.title if name == "title" else self.fonts.body
            given = {**self._boxed(), **ENTRIES[name], "font_name": font}
            if name.startswith("head_"):
                given = {**HEADINGS, **given}
            elif name in FILLED and shape in ("", "@"):
                given = {**given, "text_wrap": True}
            self._entries[name, shape] = self._format(given | ({"num_format": shape} if shape else {}))
        return self._entries[name, shape]

    def cell(self, cell: Cell, row: RowLook, indent: int = 0) -> Any:
        """The format of a value in a row of that look."""
        number = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        shape = (cell.shape or _general(cell.value)) if number else "@"
        absent = cell.value in (NOT_APPLICABLE, WITHHELD_SIGN)
        key = (cell.look, row, indent, shape, absent)
        if key not in self._cells:
            self._cells[key] = self._cell(*key)
        return self._cells[key]

    def _cell(self, look: Look, row: RowLook, indent: int, shape: str, absent: bool) -> Any:
        layout: dict[str, Any] = {"text_wrap": True} if shape == "@" else {"align": "right"}
        if absent:
            layout = {"align": "center", "font_color": GREY}
        if indent:
            layout |= {"indent": indent}
        return self._format({**self._boxed(), **ROWS[row], **CELLS[look], "num_format": shape, **layout})

    def _boxed(self) -> dict[str, Any]:
        return {"font_name": self.fonts.body, "font_size": 10, "border": 1, "border_color": LINE}

    def _format(self, given: dict[str, Any]) -> Any:
        key = repr(sorted(given.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"valign": "vcenter", **given})
        return self._made[key]


def _general(value: Any) -> str:
    return "#,##0" if float(value).is_integer() else "#,##0.########"
