"""Which files a command speaks of: folders opened, lock files skipped, the same content taken once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from povplan.errors import PovplanError
from povplan.messages import Said, say


@dataclass(frozen=True)
class Submitted:
    """A file sent in, and its content's hash."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name; it carries no meaning, but people know it by it."""
        return self.path.name


@dataclass
class Collected:
    """The files to read, and a word on each one passed over."""

    files: list[Submitted] = field(default_factory=list)
    skipped: list[Said] = field(default_factory=list)
    refused: list[tuple[str, Said]] = field(default_factory=list)


def collect(given: Iterable[Path]) -> Collected:
    """Every file of `given`, folders searched; a path that does not exist stops the run."""
    from povplan.excel import is_lock_file

    collected = Collected()
    seen: dict[str, Path] = {}
    for path in _all(given):
        if is_lock_file(path):
            collected.skipped.append(say("file_lock_skipped", name=path.name))
            continue
        if path.name.startswith(".") or path.name.lower() in ("thumbs.db", "desktop.ini"):
            continue
        try:
            sha256 = _digest(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            collected.refused.append((path.name, say("file_unreadable", name=path.name, reason=reason)))
            continue
        if sha256 in seen:
            said = say("file_twice", name=path.name, first=seen[sha256].name)
            collected.skipped.append(said)
            continue
        seen[sha256] = path
        collected.files.append(Submitted(path, sha256))
    return collected


def _all(given: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(inner for inner in path.rglob("*") if inner.is_file())
            if not inside:
                raise PovplanError(say("folder_empty", folder=path))
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise PovplanError(say("file_missing", path=path))
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
