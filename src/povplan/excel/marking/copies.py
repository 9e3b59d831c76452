"""The marked copy of one submitted file, whatever its format, and what it could not carry."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from povplan.excel.fallback import FAULTS
from povplan.excel.marking.package import FIXED, NotPatchable
from povplan.excel.marking.patch import patched
from povplan.excel.marking.values import Listing
from povplan.excel.marking.values_copy import copy_of_values
from povplan.excel.read import decrypted_data, read_workbook
from povplan.excel.sniff import load, sniff
from povplan.messages import Said, say

_MODIFIED = re.compile(rb"(<dcterms:modified\b[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True)
class Copy:
    """The bytes of a marked copy, the ending of its name, and a sentence on what it lacks."""

    data: bytes
    suffix: str
    said: Said | None = None


def marked_copy(path: Path, listing: Listing) -> Copy:
    """The file with its findings marked. BadFile where it cannot be read at all."""
    data = load(path)
    kind = sniff(data)
    was_encrypted = kind == "encrypted"
    if was_encrypted:
        data = decrypted_data(data)
        kind = sniff(data)
    if kind == "xlsx":
        try:
            said = say("copy_without_password") if was_encrypted else None
            return Copy(patched(data, listing), _suffix(data), said)
        except NotPatchable:
            pass
        try:
            return Copy(patched(_saved_again(data), listing), _suffix(data), say("copy_saved_again"))
        except (NotPatchable, *FAULTS):
            pass
    return _from_values(path, listing)


def _from_values(path: Path, listing: Listing) -> Copy:
    workbook = read_workbook(path)
    data, names = copy_of_values(workbook)
    said = say(f"copy_of_{workbook.kind}") if workbook.kind in ("csv", "html") else say("copy_of_values")
    return Copy(patched(data, _renamed(listing, names)), ".xlsx", said)


def _renamed(listing: Listing, names: Mapping[str, str]) -> Listing:
    """The list with its findings on sheets of other names."""
    doubts = [
        replace(doubt, sheet=names.get(doubt.sheet, doubt.sheet)) if doubt.sheet else doubt
        for doubt in listing.doubts
    ]
    return replace(listing, doubts=doubts)


def _suffix(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        types = next(name for name in package.namelist() if name.lower().endswith("[content_types].xml"))
        return ".xlsm" if b"macroEnabled" in package.read(types) else ".xlsx"


def _saved_again(data: bytes) -> bytes:
    """The package as openpyxl writes it, without any time of day."""
    from openpyxl import load_workbook

    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load_workbook(io.BytesIO(data), keep_vba=_suffix(data) == ".xlsm").save(target)
    timeless = io.BytesIO()
    with zipfile.ZipFile(target) as saved, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as out:
        for info in saved.infolist():
            part = saved.read(info)
            if info.filename == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", part)
            out.writestr(zipfile.ZipInfo(info.filename, FIXED), part, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()
