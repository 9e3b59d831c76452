"""Comments at cells: the part that holds their words, and the old drawing that Excel shows them with."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from povplan.excel.marking.package import MAIN, OFFICE, Package, parsed
from povplan.excel.marking.sheet import Sheet
from povplan.excel.marking.styles import tag
from povplan.excel.marking.values import legal
from povplan.excel.widths import lines_of
from povplan.model import column_letters, column_number

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
LINE = "────────"
"""Stands between a comment of the sender's own and what is added to it."""
WIDTH, LINE_PIXELS, MOST_LINES = 300, 17, 22

_LINE = re.compile(rf"\s*{LINE}\s")
_SHAPE = re.compile(rb"<(\w+):shape\s.*?</\1:shape>", re.DOTALL)
_MAP = re.compile(rb"(<\w+:idmap\b[^>]*\bdata\s*=\s*\")([^\"]*)(\")")
_END = re.compile(rb"</(?:\w+:)?xml>\s*$")
_AT = re.compile(rb"<\w+:Row>\s*(\d+)\s*</\w+:Row>\s*<\w+:Column>\s*(\d+)\s*</\w+:Column>")
_NAMES = (
    b' xmlns:v="urn:schemas-microsoft-com:vml"',
    b' xmlns:o="urn:schemas-microsoft-com:office:office"',
    b' xmlns:x="urn:schemas-microsoft-com:office:excel"',
)
_DRAWING = (
    b"<xml" + b"".join(_NAMES) + b'><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data=""/>'
    b"</o:shapelayout></xml>"
)
_KIND = b"""<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" \
path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>\
<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"""
_NOTE = b"""<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;margin-left:%dpt;\
margin-top:%dpt;width:%dpt;height:%dpt;z-index:%d;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">\
<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>\
<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>\
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>%s</x:Anchor>\
<x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>"""

Notes = Mapping[tuple[int, int], str]
"""(row, column) → words."""


@dataclass
class Blocks:
    """Numbers of shapes, given out in blocks of 1,024 that no drawing of the workbook has taken."""

    free: int

    @classmethod
    def of(cls, package: Package) -> Blocks:
        """What the drawings of a workbook leave free."""
        taken = [0]
        for name in package.members:
            if name.endswith(".vml"):
                for found in _MAP.finditer(package.read(name)):
                    taken += [int(one) for one in found[2].split(b",") if one.strip().isdigit()]
        return cls(max(taken) + 1)

    def take(self, shapes: int) -> list[int]:
        """Blocks for that many shapes."""
        blocks = list(range(self.free, self.free + -(-shapes // 1023)))
        self.free += len(blocks)
        return blocks


def comment(package: Package, part: str, sheet: Sheet, notes: Notes, author: str, blocks: Blocks) -> None:
    """Put words at cells; a cell that has a comment keeps it, and the words stand under it."""
    name = package.related(part, "comments")
    if name is None:
        name = package.free("xl/comments{n}.xml")
        package.plant(name, _no_comments())
        package.relate(part, name, f"{OFFICE}/comments")
        package.declare(name, TYPE)
    root = package.tree(name)
    there = {one.get("ref"): one for one in root.find(tag("commentList"))}
    new = {}
    for (row, column), words in sorted(notes.items()):
        ref = f"{column_letters(column)}{row}"
        if ref in there:
            _append(there[ref], words)
        else:
            root.find(tag("commentList")).append(_comment(ref, words, _author(root, author)))
            new[row, column] = words
    if new:
        _draw(package, part, sheet, new, blocks)
    _reply(package, part, notes, author)


def uncomment(package: Package, part: str, author: str, begins: str) -> bool:
    """Take away the words that an earlier copy put at cells; whether there were any.

    They are known by their author, or, since some programs save no authors, by how they begin (`begins`, a
    regular expression).
    """
    changed = _unreply(package, part, author)
    name = package.related(part, "comments")
    if name is None:
        return changed
    root = package.tree(name)
    authors = {
        str(number): one.text for number, one in enumerate(root.iterfind(f"{tag('authors')}/{tag('author')}"))
    }
    gone: set[tuple[int, int]] = set()
    for one in root.findall(f"{tag('commentList')}/{tag('comment')}"):
        words = "".join(piece.text or "" for piece in _pieces(one))
        if authors.get(one.get("authorId", "0")) == author or re.match(begins, words):
            found = re.fullmatch(r"([A-Z]{1,3})(\d+)", one.get("ref", ""))
            if found:
                gone.add((int(found[2]) - 1, column_number(found[1].encode()) - 1))
            one.getparent().remove(one)
        else:
            changed |= _shorten(one)
    if gone:
        _erase(package, part, gone)
    return changed or bool(gone)


# ---- words ----------------------------------------------------------------------------------------------


def _no_comments() -> Any:
    root = parsed(b'<comments xmlns="%b"/>' % MAIN.encode())
    etree.SubElement(root, tag("authors"))
    etree.SubElement(root, tag("commentList"))
    return root


def _author(root: Any, author: str) -> int:
    authors = root.find(tag("authors"))
    names = [one.text for one in authors]
    if author not in names:
        etree.SubElement(authors, tag("author")).text = author
        return len(names)
    return names.index(author)


def _comment(ref: str, words: str, author: int) -> Any:
    one = etree.Element(tag("comment"), ref=ref, authorId=str(author))
    etree.SubElement(one, tag("text")).append(_run(words))
    return one


def _run(words: str) -> Any:
    run = etree.Element(tag("r"))
    looks = etree.SubElement(run, tag("rPr"))
    etree.SubElement(looks, tag("sz"), val="9")
    etree.SubElement(looks, tag("rFont"), val="宋体")
    text = etree.SubElement(run, tag("t"))
    text.text = legal(words)
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return run


def _append(one: Any, words: str) -> None:
    text = one.find(tag("text"))
    if text is None:
        text = etree.SubElement(one, tag("text"))
    runs = sum(child.tag in (tag("t"), tag("r")) for child in text)
    text.insert(runs, _run(f"\n{LINE}\n{words}"))


def _pieces(one: Any) -> list[Any]:
    """The pieces of text of a comment, in order; programs part and join them as they like."""
    return [
        piece for tail in ("", f"{tag('r')}/") for piece in one.iterfind(f"{tag('text')}/{tail}{tag('t')}")
    ]


def _shorten(one: Any) -> bool:
    """Cut off what was added to a comment of the sender's own."""
    pieces = _pieces(one)
    found = _LINE.search("".join(piece.text or "" for piece in pieces))
    if found is None:
        return False
    left = found.start()
    for piece in pieces:
        words = piece.text or ""
        piece.text, left = words[:left], max(left - len(words), 0)
        if not piece.text and piece.getparent().tag == tag("r"):
            piece.getparent().getparent().remove(piece.getparent())
    return True


# ---- the drawing ----------------------------------------------------------------------------------------


def _draw(package: Package, part: str, sheet: Sheet, notes: Notes, blocks: Blocks) -> None:
    """A box for each new comment in the sheet's old drawing, which may hold check boxes besides."""
    name = _drawing(package, part, sheet)
    drawing = package.read(name)
    numbers = blocks.take(len(notes))
    ids = (block * 1024 + n for block in numbers for n in range(1, 1024))
    shapes = b"".join(
        _shape(sheet, row, column, words, id_)
        for ((row, column), words), id_ in zip(notes.items(), ids, strict=False)
    )
    kind = b"" if b'id="_x0000_t202"' in drawing else _KIND
    known = ",".join(str(block) for block in numbers).encode()
    drawing = _MAP.sub(lambda m: m[1] + b",".join(filter(None, (m[2], known))) + m[3], drawing, count=1)
    end = _END.search(drawing)
    at = end.start() if end else len(drawing)
    added = kind + shapes
    root = drawing[: drawing.find(b">", drawing.find(b"<xml"))]
    if not all(name in root for name in _NAMES):
        added = re.sub(rb"<v:shape(?:type)?\b", lambda m: m[0] + b"".join(_NAMES), added)
    package.put(name, drawing[:at] + added + drawing[at:])


def _drawing(package: Package, part: str, sheet: Sheet) -> str:
    """The sheet's old drawing, made where it has none."""
    old = sheet.root.find(tag("legacyDrawing"))
    if old is not None:
        for target in package.all_related(part, "vmlDrawing"):
            if package.relation_id(part, target) == old.get(f"{{{OFFICE}}}id"):
                return target
    name = package.free("xl/drawings/vmlDrawing{n}.vml")
    package.put(name, _DRAWING)
    package.declare_ending("vml", DRAWING_TYPE)
    sheet.child("legacyDrawing").set(f"{{{OFFICE}}}id", package.relate(part, name, f"{OFFICE}/vmlDrawing"))
    return name


def _shape(sheet: Sheet, row: int, column: int, words: str, number: int) -> bytes:
    lines = min(lines_of(words, WIDTH / 6.5), MOST_LINES) + 1
    right, reached = column, 0
    while reached < WIDTH and right < 16_384:
        right += 1
        reached += sheet.pixels_of_column(right)
    top = max(row - 2, 0)
    tall = lines * LINE_PIXELS
    bottom = top + max(tall // 20, 1)
    anchor = f"{column}, 12, {top}, 8, {right - 1}, 12, {bottom}, {tall % 20}"
    size = (60, 10, int(WIDTH * 0.75), int(tall * 0.75))
    return _NOTE % (number, *size, number % 1024, anchor.encode(), row - 1, column - 1)


def _erase(package: Package, part: str, cells: set[tuple[int, int]]) -> None:
    """Take the boxes of comments out of the drawings of a sheet."""

    def kept(shape: re.Match[bytes]) -> bytes:
        at = _AT.search(shape[0])
        ours = at is not None and b'ObjectType="Note"' in shape[0] and (int(at[1]), int(at[2])) in cells
        return b"" if ours else shape[0]

    for name in package.all_related(part, "vmlDrawing"):
        drawing = package.read(name)
        changed = _SHAPE.sub(kept, drawing)
        if changed != drawing:
            package.put(name, changed)


# ---- conversations --------------------------------------------------------------------------------------


def _reply(package: Package, part: str, notes: Notes, author: str) -> None:
    """A comment that is a conversation shows its replies only: ours is one of them."""
    name = package.related(part, "threadedComment")
    person = package.related(package.workbook, "person")
    if name is None or person is None:
        return
    root = package.tree(name)
    first = {one.get("ref"): one for one in root if one.get("parentId") is None}
    for (row, column), words in sorted(notes.items()):
        began = first.get(f"{column_letters(column)}{row}")
        if began is not None:
            root.append(_answer(began, words, _person(package.tree(person), author)))


def _unreply(package: Package, part: str, author: str) -> bool:
    """Take the replies of an earlier copy out of conversations; whether there were any."""
    name = package.related(part, "threadedComment")
    person = package.related(package.workbook, "person")
    if name is None or person is None:
        return False
    ours = {one.get("id") for one in package.tree(person) if one.get("displayName") == author}
    root = package.tree(name)
    replies = [one for one in root if one.get("personId") in ours]
    for one in replies:
        root.remove(one)
    return bool(replies)


def _answer(began: Any, words: str, person: str) -> Any:
    given = {"ref": began.get("ref"), "personId": person, "parentId": began.get("id")}
    if began.get("dT"):
        given["dT"] = began.get("dT")
    one = etree.Element(f"{{{THREADS}}}threadedComment", id=_guid(f"{began.get('id')}{words}"), **given)
    etree.SubElement(one, f"{{{THREADS}}}text").text = legal(words)
    return one


def _person(root: Any, author: str) -> str:
    for one in root:
        if one.get("displayName") == author:
            return str(one.get("id"))
    id_ = _guid(author)
    etree.SubElement(
        root, f"{{{THREADS}}}person", displayName=author, id=id_, userId=author, providerId="None"
    )
    return id_


def _guid(text: str) -> str:
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, text)).upper() + "}"
