"""Formats that show a number as a percentage: a cell that shows 85% has 0.85 in it.

Source: ECMA-376 Part 1, 18.8.30 and 18.8.31 (numFmt): formats 9 and 10 are 0% and 0.00%, a `%` in the code of
others counts unless it is quoted, escaped, or only keeps room.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping

from povplan.excel.package import FAULTS, NotScanned, local, plain, tree

BUILT_IN = frozenset({9, 10})
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')


def shows_percent(number: int, codes: Mapping[int, str]) -> bool:
    """Whether the format of that number shows percentages; `codes` are those that the workbook defines."""
    code = _NOT_SHOWN.sub("", codes.get(number, "").split(";")[0])
    return "%" in code if number in codes else number in BUILT_IN


def percent_styles(package: zipfile.ZipFile) -> frozenset[int]:
    """The styles of cells, by number, in such a format; none where the styles cannot be followed."""
    parts = [name for name in package.namelist() if plain(name).endswith("/styles.xml")]
    try:
        if len(parts) != 1 or not _may_have_any(package.read(parts[0])):
            return frozenset()
        root = tree(package, parts[0])
    except (*FAULTS, NotScanned):
        return frozenset()
    formats = [one for one in root.iter() if local(one.tag) == "numFmt"]
    codes = {_number(one.get("numFmtId")): one.get("formatCode", "") for one in formats}
    lists = [one for one in root if local(one.tag) == "cellXfs"]
    styles = [_number(one.get("numFmtId")) for one in (lists[0] if lists else ())]
    return frozenset(style for style, number in enumerate(styles) if shows_percent(number, codes))


def _may_have_any(styles: bytes) -> bool:
    return b"%" in styles or re.search(rb"numFmtId\s*=\s*[\"'](?:9|10)[\"']", styles) is not None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
