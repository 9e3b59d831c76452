"""The parts of a spreadsheet package and what they point to, as its own files tell; small parts as trees."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from xml.etree import ElementTree

LARGEST_TREE = 16 << 20
FAULTS = (
    *(EOFError, KeyError, NotImplementedError, OSError, ElementTree.ParseError),
    *(zipfile.BadZipFile, zlib.error),
)


class NotScanned(Exception):
    """The package is too unusual for the scan; its values may still be readable."""


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member of the package, in the workbook's order; sheets without a part are left out."""
    members = {plain(name): name for name in package.namelist()}
    workbook = workbook_part(package, members)
    folder, base = posixpath.split(workbook)
    targets = relations(package, members, f"{folder}/_rels/{base}.rels".lstrip("/"))
    found = {}
    for sheet in tree(package, members[workbook]).iter():
        if local(sheet.tag) != "sheet":
            continue
        ids = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
        target = targets.get(ids[0]) if ids else None
        part = members.get(plain(posixpath.join("/" + folder, target))) if target else None
        if part is not None:
            found[sheet.get("name", "")] = part
    return found


def workbook_part(package: zipfile.ZipFile, members: dict[str, str]) -> str:
    """The plain name of the part that lists the sheets."""
    for kind, target in relations(package, members, "_rels/.rels", key="Type").items():
        if kind.endswith("/officeDocument"):
            return plain(target)
    return "xl/workbook.xml"


def relations(
    package: zipfile.ZipFile, members: dict[str, str], part: str, key: str = "Id"
) -> dict[str, str]:
    """Id (or another attribute) of each relation in a `.rels` part → its target as written."""
    if part not in members:
        return {}
    return {
        relation.get(key, ""): relation.get("Target", "").replace("\\", "/")
        for relation in tree(package, members[part]).iter()
        if local(relation.tag) == "Relationship"
    }


def tree(package: zipfile.ZipFile, member: str) -> ElementTree.Element:
    """A small part as a tree; one that declares entities is not parsed at all."""
    text = package.read(member)
    if len(text) > LARGEST_TREE or b"<!DOCTYPE" in text:
        raise NotScanned
    try:
        return ElementTree.fromstring(text)
    except (LookupError, ValueError) as error:  # an encoding that does not exist
        raise NotScanned from error


def plain(name: str) -> str:
    """A part's name as names are compared: one kind of slash, no dots, no case."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]
