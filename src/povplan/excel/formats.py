"""Formats that show a number as another: 0.85 as 85%, 9800 as 0.98 or 0.98万, 0.98 as 0.98万元.

Source: ECMA-376 Part 1, 18.8.30 and 18.8.31 (numFmt): formats 9 and 10 are 0% and 0.00%, a `%` in the code of
others counts unless it is quoted, escaped, or only keeps room; a comma behind the last digit divides by a
thousand. A point that is quoted or escaped (`0!.0,`) stands among the digits and so divides, too.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from itertools import takewhile

from povplan.excel.package import FAULTS, NotScanned, local, plain, tree
from povplan.grid import Shown

BUILT_IN = frozenset({9, 10})
PERCENT = Shown(100, "%")
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|[_*].|\[[^\]]*\]|(?P<digit>[0#?]|(?i:General|G/通用格式))|(?P<bare>.)',
    re.DOTALL,
)
_CONDITION = re.compile(r"\[[<>=]")
_MULTIPLE = re.compile("[百千仟万萬亿億]")
_MAY_HAVE = re.compile(
    rb"%|numFmtId\s*=\s*[\"'](?:9|10)[\"']|"
    rb"formatCode\s*=\s*[\"'][^\"']*(?:,(?![#0?])|[\\!]\.|&quot;\.|\xe7\x99\xbe|\xe5\x8d\x83|\xe4\xbb\x9f|\xe4\xb8\x87"
    rb"|\xe8\x90\xac|\xe4\xba\xbf|\xe5\x84\x84|&#)"
)


def shown_by(number: int, codes: Mapping[int, str]) -> Shown | None:
    """How the format of that number shows numbers otherwise than they are; `codes` are the workbook's own."""
    if number not in codes:
        return PERCENT if number in BUILT_IN else None
    if "%" in _NOT_SHOWN.sub("", codes[number].split(";")[0]):
        return PERCENT
    return None if _CONDITION.search(codes[number]) else _multiple(codes[number].split(";")[0])


def _multiple(code: str) -> Shown | None:
    """A format that divides by a power of ten, or writes 万, 千元 and the like behind the number."""
    pieces = list(_PIECE.finditer(code))
    digits = [at for at, piece in enumerate(pieces) if piece["digit"]]
    if not digits:
        return None
    behind = pieces[digits[-1] + 1 :]
    commas = sum(1 for _ in takewhile(lambda piece: piece["bare"] == ",", behind))
    unit = "".join(_literal(piece) for piece in behind[commas:]).strip()
    points = [at for at in range(digits[0], digits[-1]) if _literal(pieces[at]) == "."]
    whole = next((at for at, piece in enumerate(pieces) if piece["bare"] == "."), len(pieces))
    moved = sum(points[0] < at < whole for at in digits) if points and points[0] < whole else 0
    power = moved + 3 * commas
    if len(points) > 1 or not (power or _MULTIPLE.search(unit)):
        return None
    return Shown(10.0**-power, unit)


def _literal(piece: re.Match[str]) -> str:
    """What the piece writes as it stands."""
    bare = piece["bare"] or ""
    return piece["quoted"] or piece["escaped"] or (bare if bare not in ".,;" else "")


def shown_styles(package: zipfile.ZipFile) -> dict[int, Shown]:
    """The styles of cells, by number, in such a format; none where the styles cannot be followed."""
    parts = [name for name in package.namelist() if plain(name).endswith("/styles.xml")]
    try:
        if len(parts) != 1 or not _MAY_HAVE.search(package.read(parts[0])):
            return {}
        root = tree(package, parts[0])
    except (*FAULTS, NotScanned):
        return {}
    formats = [one for one in root.iter() if local(one.tag) == "numFmt"]
    codes = {_number(one.get("numFmtId")): one.get("formatCode", "") for one in formats}
    lists = [one for one in root if local(one.tag) == "cellXfs"]
    styles = [_number(one.get("numFmtId")) for one in (lists[0] if lists else ())]
    return {style: shown for style, number in enumerate(styles) if (shown := shown_by(number, codes))}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
