"""Definitions without a fault, kept beside povplan's compiled modules once they have been read and checked.

What is kept is the whole set of one profile, models and all, under a stamp: the names and texts on the shelf
and the povplan that read them. Other texts, another povplan, a torn file: all is read and checked anew, and
what is wrong is told as ever. What makes Python keep no compiled modules, or elsewhere, holds here too.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pydantic

from povplan import __version__
from povplan.config.shelf import FOLDERS, TOP, Shelf

MOST = 8
"""Sets kept at a time: a few workspaces, and the same with what was changed last."""
_BEGINNING = "definitions-"


def stamp(shelf: Shelf, profile: str) -> str | None:
    """What tells this set, read by this povplan, from any other; None where a file of it is unreadable."""
    digest = hashlib.sha256(_program())
    for name in (profile, *(name for folder in (TOP, *FOLDERS) for name in shelf.names(folder))):
        text, faults = ("", []) if name == profile else shelf.read(name)
        if text is None or faults:
            return None
        for part in (name, shelf.shown(name), text):
            data = part.encode()
            digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def recalled(mark: str) -> Any:
    """What was kept under the stamp `mark`; None where nothing was, or not the whole of it."""
    try:
        data = _place(mark).read_bytes()
    except OSError:
        return None
    told, packed = data[:32], data[32:]
    return pickle.loads(packed) if hashlib.sha256(packed).digest() == told else None


def keep(mark: str, definitions: Any) -> None:
    """Remember definitions without a fault under their stamp, readable by their owner only.

    Where it cannot be written it is not, and everything is read anew, as it was before.
    """
    if sys.dont_write_bytecode:
        return
    packed = pickle.dumps(definitions, protocol=pickle.HIGHEST_PROTOCOL)
    place = _place(mark)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=_BEGINNING, dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(packed).digest() + packed)
            Path(beside).replace(place)
        finally:
            Path(beside).unlink(missing_ok=True)
        _forget(place.parent)


def _place(mark: str) -> Path:
    module = Path(__file__).with_name(f"{_BEGINNING}{mark[:32]}.py")
    return Path(cache_from_source(str(module))).with_suffix(".pickle")


def _forget(folder: Path) -> None:
    """Leave the sets that were kept last; one that another process takes away meanwhile is gone too."""
    with suppress(OSError):
        found = sorted(folder.glob(f"{_BEGINNING}*"), key=lambda path: path.stat().st_mtime_ns)
        for path in found[:-MOST]:
            path.unlink()


@cache
def _program() -> bytes:
    """What tells one povplan from another: size and time of each module, as Python tells compiled ones."""
    home = Path(__file__).parents[1]
    modules = sorted(_modules(home, ""))
    return repr((__version__, sys.version, pydantic.VERSION, modules)).encode()


def _modules(folder: Path | str, under: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{under}/{entry.name}"
            if entry.is_dir():
                yield from _modules(entry.path, name)
            elif name.endswith(".py"):
                known = entry.stat()
                yield name, known.st_size, known.st_mtime_ns
