"""Which files a command speaks of: folders and ZIPs opened, lock files skipped, the same content once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from povplan.errors import NOTHING_ACCEPTED, BadFile, PovplanError, why
from povplan.messages import Said, say
from povplan.platform import LITTER
from povplan.workspace import is_list_of_units

OWN_FOLDERS = ("ledger", "reports", "returned", "configs")
"""Folders of a workspace in which nothing is ever submitted."""
_YEAR = re.compile(r"(19|20)\d\d")
_KEPT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Submitted:
    """A file sent in, its content's hash, and the year it was declared for."""

    path: Path
    sha256: str
    year: int | None = None

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
    units: list[Path] = field(default_factory=list)
    """The county's lists of units among what was passed over."""


def collect(given: Iterable[Path], workspace: Path | None, year: int | None = None) -> Collected:
    """Every file of `given`, folders searched, ZIPs opened; a path that does not exist stops the run.

    The year is the one given, else that of the folder `submissions/<year>/` the file lies in. What the
    workspace itself wrote is passed over.
    """
    if workspace is None:
        return _collected(((path, year) for path in _all(given, [])), set())
    root = workspace.resolve()
    own = [root / name for name in OWN_FOLDERS]
    found = ((path, year or _year_of(path, root / "submissions")) for path in _all(given, own))
    return _collected(found, set())


def waiting(workspace: Path, known: Collection[str], year: int | None = None) -> Collected:
    """The files in `submissions/<year>/` whose content, by SHA-256, is not among the `known`."""
    folders = sorted(folder for folder in (workspace / "submissions").glob("*") if folder.is_dir())
    years = [(folder, int(folder.name)) for folder in folders if _YEAR.fullmatch(folder.name)]
    found = (
        (path, of)
        for folder, of in years
        if year in (None, of)
        for path in _inside(folder)
        if not (_KEPT.fullmatch(path.stem) and path.stem in known)
    )
    return _collected(found, known)


def _collected(found: Iterable[tuple[Path, int | None]], known: Collection[str]) -> Collected:
    collected, digest = Collected(), cache(_digest)
    at: dict[str, int] = {}
    for path, year in _opened(found, collected, known, digest):
        if _is_noise(path):
            if not path.name.startswith("."):
                collected.skipped.append(say("file_lock_skipped", name=path.name))
            continue
        if is_list_of_units(path):
            collected.units.append(path)
            collected.skipped.append(say("file_units_skipped", name=path.name))
            continue
        try:
            sha256 = digest(path)
        except OSError as error:
            said = say("file_unreadable", name=path.name, reason=why(error))
            collected.refused.append((path.name, said))
            continue
        if sha256 in known:
            continue
        if sha256 in at:
            first = collected.files[at[sha256]]
            if first.year == year and path.stem == sha256:
                continue  # the copy that the workspace keeps of it
            if first.year == year:
                collected.skipped.append(say("file_twice", name=path.name, first=first.name))
            else:  # in the folders of two years: it speaks of both, its rows say which
                collected.files[at[sha256]] = replace(first, year=None)
            continue
        at[sha256] = len(collected.files)
        collected.files.append(Submitted(path, sha256, year))
    return collected


def _opened(
    found: Iterable[tuple[Path, int | None]],
    collected: Collected,
    known: Collection[str],
    digest: Callable[[Path], str],
) -> Iterator[tuple[Path, int | None]]:
    """The same with archives opened: their files are of the archive's year. No word where all are `known`."""
    from povplan.jobs.archives import is_archive, unpacked

    for path, year in found:
        if not is_archive(path):
            yield path, year
            continue
        try:
            inside = unpacked(path)
        except BadFile as error:
            collected.refused.append((path.name, error.said))
            continue
        if not all(_is_noise(one) or digest(one) in known for one in inside):
            collected.skipped.append(say("zip_opened", name=path.name, count=len(inside)))
        yield from ((one, year) for one in inside)


def _is_noise(path: Path) -> bool:
    from povplan.excel import is_lock_file

    return path.name.startswith(".") or is_lock_file(path)


def _all(given: Iterable[Path], own: Collection[Path]) -> Iterator[Path]:
    for path in given:
        try:
            is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
        except (OSError, ValueError) as error:
            raise PovplanError(say("file_unreadable", name=path, reason=why(error))) from error
        if is_folder:
            inside = [
                file for file in _inside(path) if not any(file.resolve().is_relative_to(o) for o in own)
            ]
            if not inside:
                raise PovplanError(say("folder_empty", folder=path), NOTHING_ACCEPTED)
            yield from inside
        elif is_file:
            yield path
        else:
            raise PovplanError(say("file_no_file" if exists else "file_missing", path=path))


def _inside(folder: Path) -> list[Path]:
    """The files of a folder and its folders in order, without what systems hide there.

    The copies that a workspace keeps come last: people know a file by the name they gave it.
    """
    return [
        path
        for path in sorted(folder.rglob("*"), key=lambda one: (bool(_KEPT.fullmatch(one.stem)), one))
        if path.is_file()
        and path.name.lower() not in LITTER
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not (_KEPT.match(path.name) and path.suffix == ".tmp")
    ]


def _year_of(path: Path, submissions: Path) -> int | None:
    """The year of the folder under `submissions` that a file lies in."""
    try:
        folder = path.resolve().relative_to(submissions).parts[0]
    except ValueError:
        return None
    return int(folder) if _YEAR.fullmatch(folder) else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
