"""An OOXML package being patched: parts are replaced or added, all others stay byte for byte."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from lxml import etree

from povplan.excel.package import FAULTS as ZIP_FAULTS
from povplan.excel.package import LARGEST_TREE, NotScanned, plain, sheet_parts, workbook_part

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
FIXED = (1980, 1, 1, 0, 0, 0)
"""The time written beside every part that is touched, so that the same input makes the same bytes."""
QUICK = 2
"""How hard parts are packed: a third of the time that the usual 6 takes, for a quarter more bytes."""
FAULTS = (*ZIP_FAULTS, NotScanned, etree.XMLSyntaxError, UnicodeError)

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_blank_text=False)


class NotPatchable(Exception):
    """The package is too unusual to be patched safely."""


class Package:
    """The parts of a package by plain name; what `put` and `trees` change is written, the rest is copied."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        names = self._zip.namelist()
        self.members = {plain(name): name for name in names if not name.endswith("/")}
        if len(self.members) != sum(not name.endswith("/") for name in names):
            raise NotPatchable("two parts of one name")
        if any(info.flag_bits & 1 for info in self._zip.infolist()):
            raise NotPatchable("encrypted members")
        self._put: dict[str, bytes] = {}
        self._trees: dict[str, Any] = {}

    # ---- parts ----------------------------------------------------------------------------------------

    def __contains__(self, part: str) -> bool:
        return plain(part) in self.members

    def read(self, part: str) -> bytes:
        """The bytes of a part as they now are."""
        name = plain(part)
        if name in self._put:
            return self._put[name]
        return self._zip.read(self.members[name])

    def put(self, part: str, data: bytes) -> None:
        """Replace or add a part."""
        self.members.setdefault(plain(part), part)
        self._put[plain(part)] = data

    def tree(self, part: str) -> Any:
        """The root of a small part; what is changed in it is written."""
        name = plain(part)
        if name not in self._trees:
            self._trees[name] = parsed(self.read(part))
        return self._trees[name]

    def plant(self, part: str, root: Any) -> None:
        """Add a part as a tree."""
        self.members.setdefault(plain(part), part)
        self._trees[plain(part)] = root

    def free(self, pattern: str) -> str:
        """The first part name of the pattern that is not taken; `{n}` counts from 1."""
        number = 1
        while pattern.format(n=number) in self:
            number += 1
        return pattern.format(n=number)

    # ---- what they point to ------------------------------------------------------------------------------

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Sheet name → its part."""
        return {name: plain(part) for name, part in sheet_parts(self._zip).items()}

    @cached_property
    def workbook(self) -> str:
        """The part that lists the sheets."""
        return workbook_part(self._zip, self.members)

    def related(self, part: str, kind: str) -> str | None:
        """The part of a kind that another points to; `kind` ends the type of the relation."""
        return next((target for type_, target in self._relations(part) if type_.endswith("/" + kind)), None)

    def all_related(self, part: str, kind: str) -> list[str]:
        """All parts of a kind that another points to."""
        return [target for type_, target in self._relations(part) if type_.endswith("/" + kind)]

    def _relations(self, part: str) -> Iterator[tuple[str, str]]:
        rels = _rels_of(part)
        if rels not in self:
            return
        folder = posixpath.dirname(plain(part))
        for relation in self.tree(rels):
            if isinstance(relation.tag, str) and relation.get("TargetMode") != "External":
                target = relation.get("Target", "").replace("\\", "/")
                yield relation.get("Type", ""), plain(posixpath.join("/" + folder, target))

    def relation_id(self, part: str, target: str) -> str | None:
        """The id by which a part points to another."""
        folder = posixpath.dirname(plain(part))
        for relation in self.tree(_rels_of(part)) if _rels_of(part) in self else ():
            to = plain(posixpath.join("/" + folder, relation.get("Target", "").replace("\\", "/")))
            if relation.get("TargetMode") != "External" and to == plain(target):
                return str(relation.get("Id"))
        return None

    def relate(self, part: str, target: str, type_: str) -> str:
        """A relation from one part to another; its new id."""
        rels = _rels_of(part)
        if rels not in self:
            self.plant(rels, parsed(b'<Relationships xmlns="%b"/>' % RELATIONS.encode()))
        root = self.tree(rels)
        taken = {relation.get("Id") for relation in root}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        where = posixpath.relpath("/" + target, "/" + posixpath.dirname(plain(part)))
        etree.SubElement(root, f"{{{RELATIONS}}}Relationship", Id=f"rId{number}", Type=type_, Target=where)
        return f"rId{number}"

    def declare(self, part: str, content_type: str) -> None:
        """The content type of a new part."""
        root = self.tree("[Content_Types].xml")
        etree.SubElement(root, f"{{{TYPES}}}Override", PartName="/" + part, ContentType=content_type)

    def declare_ending(self, ending: str, content_type: str) -> None:
        """The content type of all parts that end so, unless it is declared."""
        root = self.tree("[Content_Types].xml")
        known = {one.get("Extension", "").lower() for one in root}
        if ending not in known:
            root.insert(0, etree.Element(f"{{{TYPES}}}Default", Extension=ending, ContentType=content_type))

    # ---- the end ------------------------------------------------------------------------------------------

    def written(self) -> bytes:
        """The whole package: parts in their old order, new ones after them."""
        for name, root in self._trees.items():
            self._put[name] = serialized(root)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as out:
            for info in self._zip.infolist():
                name = plain(info.filename)
                if info.filename.endswith("/") or name not in self._put:
                    out.writestr(_same(info), self._zip.read(info), compresslevel=QUICK)
                else:
                    out.writestr(_fixed(info.filename), self._put.pop(name), compresslevel=QUICK)
            for name, data in self._put.items():
                out.writestr(_fixed(self.members[name]), data, compresslevel=QUICK)
        return target.getvalue()


def _same(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.external_attr, copy.create_system = info.external_attr, info.create_system
    stored = info.compress_type == zipfile.ZIP_STORED
    copy.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return copy


def _fixed(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
    return info


def _rels_of(part: str) -> str:
    folder, base = posixpath.split(plain(part))
    return f"{folder}/_rels/{base}.rels".lstrip("/")


def parsed(data: bytes) -> Any:
    """The root of a part's XML; one that declares entities is not parsed at all."""
    if len(data) > LARGEST_TREE or b"<!DOCTYPE" in data:
        raise NotPatchable("a part too large, or with entities of its own")
    return etree.fromstring(data, _PARSER)


def serialized(root: Any) -> bytes:
    """The part that has this root."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
