"""A ZIP of submissions: its files laid out in a folder of this run's own, which ends with the run."""

from __future__ import annotations

import atexit
import re
import secrets
import shutil
import string
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from tempfile import gettempdir
from unicodedata import normalize

from filelock import FileLock

from povplan.errors import BadFile, why
from povplan.excel import bounds
from povplan.excel.sniff import holds_files
from povplan.messages import say
from povplan.platform import LITTER, OWNER_FOLDER, file_lock, write_whole

MOST = 1_000
"""Files that one archive may bring; a county has some hundred villages."""
LONGEST, LONGEST_BYTES = 100, 240
"""Characters, and bytes in UTF-8, that are kept of a name: no system takes more than 255."""
LONGEST_ENDING = 8
DEEPEST = 150
"""Characters of folders and name together; of what lies deeper the folders are left out."""
CHUNK = 1 << 20
_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)
_BAD = re.compile(r'[<>:"|?*\x00-\x1f]+')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NUMBERS = count(1)
_NAME, _LETTERS, _ALIVE = "povplan-", 12, "alive"
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
    """The files of an archive, in its order, under the names they have in it; of those called alike each.

    Raises BadFile: out of proportion, too many files, a password, damaged, nothing in it, or no room for it.
    """
    try:
        with zipfile.ZipFile(path) as package:
            bounds.check_package(package.infolist())
            members = [(name, info) for info in package.infolist() if (name := _name_of(info))]
            if len(members) > MOST:
                raise BadFile(say("zip_too_many", count=len(members), most=MOST))
            if any(info.flag_bits & _ENCRYPTED for _, info in members):
                raise BadFile(say("zip_password"))
            if not members:
                raise BadFile(say("zip_empty"))
            return _laid_out(package, _placed(members), path.stem)
    except _FAULTS:
        raise BadFile(say("read_damaged")) from None


def _laid_out(package: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], stem: str) -> list[Path]:
    """The members at their places. What fails leaves nothing behind: the disk may be full."""
    try:
        root = _folder() / str(next(_NUMBERS))
        try:
            for name, info in members.items():
                place = root / _clean(stem) / name
                place.parent.mkdir(OWNER_FOLDER, parents=True, exist_ok=True)
                write_whole(place, _pieces(package, info))
        except (OSError, BadFile):
            shutil.rmtree(root, ignore_errors=True)
            raise
    except OSError as error:
        raise BadFile(say("zip_no_room", reason=why(error))) from error
    return [root / _clean(stem) / name for name in members]


def _pieces(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with package.open(info) as source:
            while piece := source.read(CHUNK):
                yield piece
    except _FAULTS:
        raise BadFile(say("read_damaged")) from None


def _placed(named: Iterable[tuple[str, zipfile.ZipInfo]]) -> dict[str, zipfile.ZipInfo]:
    """Place below the folder → member: what is called alike, in any case, lies in a numbered folder."""
    members: dict[str, zipfile.ZipInfo] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for name, info in named:
        for place in chain([name], (f"{number}/{name}" for number in count(2))):
            plain = normalize("NFC", place).casefold()
            above = {plain[:at] for at, letter in enumerate(plain) if letter == "/"}
            if plain not in files and plain not in folders and not above & files:
                members[place] = info
                files.add(plain)
                folders |= above
                break
    return members


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
    if not parts or parts[-1].lower() in LITTER:
        return ""
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return ""
    cleaned = [_clean(part) for part in parts]
    return "/".join(cleaned if sum(map(len, cleaned)) <= DEEPEST else cleaned[-1:])


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
    plain = _BAD.sub("_", part).strip(" .") or "_"
    if _DEVICE.match(plain):
        plain = "_" + plain
    ending = Path(plain).suffix
    ending = ending if len(ending) <= LONGEST_ENDING else ""
    stem = plain.removesuffix(ending)[: LONGEST - len(ending)].encode()
    return stem[: LONGEST_BYTES - len(ending.encode())].decode(errors="ignore") + ending


@lru_cache(maxsize=1)
def _folder() -> Path:
    """A new folder that only its owner may open; its name holds no digits, which might read as a year.

    A lock says that its run is alive: what runs that were killed have left is cleared away first.
    """
    home = Path(gettempdir())
    _clear(home)
    folder = home / f"{_NAME}{''.join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))}"
    folder.mkdir(OWNER_FOLDER)
    alive = file_lock(folder / _ALIVE)
    alive.acquire()
    atexit.register(_end, folder, alive)
    return folder


def _end(folder: Path, alive: FileLock) -> None:
    alive.release()  # Windows removes nothing that is open
    shutil.rmtree(folder, ignore_errors=True)


def _clear(home: Path) -> None:
    for left in home.glob(_NAME + "[a-z]" * _LETTERS):
        if left.is_symlink() or not (left / _ALIVE).is_file():
            continue
        try:
            alive = file_lock(left / _ALIVE)
            alive.acquire(timeout=0)
        except OSError:  # its run goes on, or it is not ours
            continue
        _end(left, alive)
