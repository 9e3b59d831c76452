"""The styles of a workbook, with those that marks and the list need: each a copy of one that is there."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from povplan.excel.marking.package import MAIN, NotPatchable
from povplan.excel.marking.values import FILLS, FLATTENED, Severity

ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs",
    "cellStyles", "dxfs", "tableStyles", "colors", "extLst",
)  # fmt: skip
TEXT = "49"
"""The number format `@`."""


def tag(name: str) -> str:
    """A name in the spreadsheet's namespace."""
    return f"{{{MAIN}}}{name}"


class Styles:
    """The style sheet of one workbook, being added to."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.formats = root.find(tag("cellXfs"))
        if self.formats is None or not len(self.formats):
            raise NotPatchable("no cell formats")
        self._marked: dict[tuple[int, Severity], int] = {}
        self._fills: dict[Severity, int] = {}

    def marked(self, base: int, severity: Severity) -> int:
        """A cell's own style with nothing changed but the fill."""
        if (base, severity) not in self._marked:
            self._marked[base, severity] = self._with_fill(base, self._fill(severity))
        return self._marked[base, severity]

    def unmarked(self) -> dict[int, int]:
        """Styles whose fill is one of a mark → the same style without a fill."""
        ours = {number for number, fill in enumerate(self._all("fills")) if _is_mark(fill)}
        bare: dict[int, int] = {}
        for number, style in enumerate(list(self.formats)):
            if int(style.get("fillId", 0)) in ours:
                bare[number] = self._with_fill(number, 0)
        return bare

    def added(self, font: dict[str, Any], *, fill: str = "", border: bool = False, **alignment: str) -> int:
        """A new style of the list: text, its font, perhaps a fill and a border."""
        style = etree.Element(
            tag("xf"),
            numFmtId=TEXT,
            fontId=str(self._append("fonts", _font(font))),
            fillId=str(self._append("fills", _solid(fill)) if fill else 0),
            borderId=str(self._append("borders", _border()) if border else 0),
            xfId="0",
            applyNumberFormat="1", applyFont="1", applyFill="1", applyBorder="1", applyAlignment="1",
        )  # fmt: skip
        etree.SubElement(style, tag("alignment"), {"vertical": "center", **alignment})
        return self._append("cellXfs", style)

    def _with_fill(self, base: int, fill: int) -> int:
        style = deepcopy(self.formats[min(base, len(self.formats) - 1)])
        style.set("fillId", str(fill))
        style.set("applyFill", "1")
        return self._append("cellXfs", style)

    def _fill(self, severity: Severity) -> int:
        """The fill of a mark, as an earlier copy left it or new."""
        if severity not in self._fills:
            there = [n for n, fill in enumerate(self._all("fills")) if _severity_of(fill) == severity]
            self._fills[severity] = there[0] if there else self._append("fills", _pattern(*FILLS[severity]))
        return self._fills[severity]

    def _all(self, group: str) -> list[Any]:
        found = self.root.find(tag(group))
        return [] if found is None else list(found)

    def _append(self, group: str, element: Any) -> int:
        parent = self.root.find(tag(group))
        if parent is None:
            if group not in ("fonts", "fills", "borders"):
                raise NotPatchable(f"no {group}")
            parent = etree.Element(tag(group))
            self.root.insert(self._place(group), parent)
        parent.append(element)
        parent.set("count", str(len(parent)))
        return len(parent) - 1

    def _place(self, group: str) -> int:
        before = {tag(name) for name in ORDER[: ORDER.index(group)]}
        return sum(child.tag in before for child in self.root)


def _pattern(kind: str, front: str, back: str) -> Any:
    fill = etree.Element(tag("fill"))
    pattern = etree.SubElement(fill, tag("patternFill"), patternType=kind)
    etree.SubElement(pattern, tag("fgColor"), rgb=front)
    etree.SubElement(pattern, tag("bgColor"), rgb=back)
    return fill


def _solid(colour: str) -> Any:
    return _pattern("solid", colour, colour)


def _severity_of(fill: Any) -> Severity | None:
    """The severity whose mark a fill is."""
    for severity, (kind, front, back) in FILLS.items():
        pattern = fill.find(tag("patternFill"))
        if pattern is None or pattern.get("patternType") != kind:
            continue
        colours = [one.get("rgb") for one in pattern]
        if colours[:1] == [front] and (kind == "solid" or colours == [front, back]):
            return severity
    return None


def _is_mark(fill: Any) -> bool:
    """Whether a fill is that of a mark, also as a program without patterns saved it."""
    pattern = fill.find(tag("patternFill"))
    flat = pattern is not None and pattern.get("patternType") == "solid"
    return _severity_of(fill) is not None or (
        flat and any(one.get("rgb") in FLATTENED for one in pattern[:1])
    )


def _font(given: dict[str, Any]) -> Any:
    font = etree.Element(tag("font"))
    for name in ("b", "u"):
        if given.get(name):
            etree.SubElement(font, tag(name))
    etree.SubElement(font, tag("sz"), val=str(given.get("size", 10)))
    etree.SubElement(font, tag("color"), rgb=str(given.get("colour", "FF000000")))
    etree.SubElement(font, tag("name"), val=str(given.get("name", "宋体")))
    return font


def _border() -> Any:
    border = etree.Element(tag("border"))
    for side in ("left", "right", "top", "bottom"):
        line = etree.SubElement(border, tag(side), style="thin")
        etree.SubElement(line, tag("color"), rgb="FFA6A6A6")
    etree.SubElement(border, tag("diagonal"))
    return border
