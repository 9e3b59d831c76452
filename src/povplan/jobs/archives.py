"""A ZIP of submissions: its files laid out in a folder of this run's own, which ends with the run."""

from __future__ import annotations

import atexit
import re
import secrets
import shutil
import string
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path

from povplan.errors import BadFile
from povplan.excel import bounds
from povplan.excel.sniff import holds_files
from povplan.messages import say
from povplan.platform import OWNER_FOLDER, write_whole

MOST = 1_000
"""Files that one archive may bring; a county has some hundred villages."""
LONGEST = 100
"""Characters that are kept of a name."""
CHUNK = 1 << 20
_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)
_BAD = re.compile(r'[<>:"|?*\x00-\x1f]+')
_NUMBERS = count(1)
_IN_UNICODE, _ENCRYPTED = 0x800, 0x1


def is_archive(path: Path) -> bool:
    """Whether a file is a ZIP that holds files, and not one document in itself."""
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return False
        with zipfile.ZipFile(path) as package:
            return holds_files(package)
    except _FAULTS:  # the reader will say what is wrong with it
        return False


def unpacked(path: Path) -> list[Path]:
    """The files of an archive, in its order, under the names they have in it.

    Raises BadFile: out of proportion, too many files, a password, damaged, or nothing in it.
    """
    folder = _folder() / str(next(_NUMBERS)) / _clean(path.stem)
    try:
        with zipfile.ZipFile(path) as package:
            bounds.check_package(package.infolist())
            members = {name: info for info in package.infolist() if (name := _name_of(info))}
            if len(members) > MOST:
                raise BadFile(say("zip_too_many", count=len(members), most=MOST))
            if any(info.flag_bits & _ENCRYPTED for info in members.values()):
                raise BadFile(say("zip_password"))
            for name, info in members.items():
                place = folder / name
                place.parent.mkdir(OWNER_FOLDER, parents=True, exist_ok=True)
                write_whole(place, _pieces(package, info))
    except _FAULTS:
        raise BadFile(say("read_damaged")) from None
    if not members:
        raise BadFile(say("zip_empty"))
    return [folder / name for name in members]


def _pieces(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(info) as source:
        while piece := source.read(CHUNK):
            yield piece


def _name_of(info: zipfile.ZipInfo) -> str:
    """Where a member goes below the folder; empty for folders and for what systems hide in archives.

    A name never leads outside. Old Windows programs write names in GBK and do not say so.
    """
    name = info.filename
    if not info.flag_bits & _IN_UNICODE:
        name = _decoded(name)
    if info.is_dir() or name.endswith(("/", "\\")):
        return ""
    parts = [part for part in re.split(r"[\\/]+", name) if part.strip(" .")]
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return ""
    return "/".join(_clean(part) for part in parts)


def _decoded(name: str) -> str:
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _clean(part: str) -> str:
    """A name that every system takes, its ending kept."""
    plain = Path(_BAD.sub("_", part).strip(" ."))
    return f"{plain.stem[: LONGEST - len(plain.suffix)]}{plain.suffix}" or "_"


@lru_cache(maxsize=1)
def _folder() -> Path:
    """A new folder that only its owner may open; its name holds no digits, which might read as a year."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))
    folder = Path(tempfile.gettempdir()) / f"povplan-{letters}"
    folder.mkdir(OWNER_FOLDER)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
