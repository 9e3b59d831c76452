"""The files of the ledger folder: put in place whole, read back only if they are what was put there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from povplan import platform
from povplan.errors import PovplanError, why
from povplan.messages import say
from povplan.store.values import Part

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pandas as pd

FOLDERS = ("parts", "findings", "configs")
OURS = frozenset({".parquet", ".json", ".tmp"})
CHUNK = 1 << 20
Result = TypeVar("Result")


def put_part(root: Path, number: int, part: Part, made: Future[bytes] | None = None) -> tuple[str, str]:
    """A part's rows on disk, of `made` bytes if there are any. Path below `root` and SHA-256, as from all."""
    data = made.result() if made else _encoded(part.frame)
    name = f"{number}-{part.form}-{_sha256(data)[:16]}.parquet"
    return _put(root, f"parts/{part.ledger}/{part.year}/{name}", data)


def put_findings(root: Path, number: int, findings: pd.DataFrame) -> tuple[str, str]:
    """The findings of a batch on disk."""
    return _put(root, f"findings/{number}.parquet", _encoded(findings))


def put_config(root: Path, digest: str, texts: Mapping[str, str]) -> tuple[str, str]:
    """The configuration of a batch on disk."""
    text = json.dumps(dict(texts), ensure_ascii=False, sort_keys=True, indent=1)
    return _put(root, f"configs/{digest}.json", text.encode())


def read_frame(root: Path, name: str, sha256: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The frame put there under `name`, or those of `columns` it has."""
    from povplan.store import frames

    return _decoded(root, name, sha256, lambda data: frames.from_parquet(data, columns))


def read_config(root: Path, name: str, sha256: str) -> dict[str, str]:
    """The configuration put there under `name`."""
    return _decoded(root, name, sha256, json.loads)


def read_bytes(root: Path, name: str, sha256: str) -> bytes:
    """The very bytes put there; PovplanError if they are missing, unreadable or others."""
    path = root / name
    try:
        data = path.read_bytes()
    except (FileNotFoundError, ValueError) as error:
        raise PovplanError(say("store_file_missing", path=path)) from error
    except OSError as error:
        raise PovplanError(say("store_no_access", path=path, reason=why(error))) from error
    if _sha256(data) != sha256:
        raise PovplanError(say("store_file_damaged", path=path))
    return data


def strays(root: Path, live: Iterable[str], last: int) -> list[Path]:
    """Files of ours that no batch names, what a killed commit leaves.

    PovplanError when one belongs to a batch beyond the next after `last`: then it is the catalogue that
    is old, and nothing is a stray.
    """
    known = {root / name for name in live}
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in OURS]
    unnamed = [path for path in found if path not in known and path.is_file()]
    for path in unnamed:
        number = re.match(r"(\d+)[-.].*parquet", path.name)
        if number and int(number[1]) > last + 1:
            raise PovplanError(say("store_catalogue_old", path=path))
    return unnamed


def keep(path: Path, target: Path, sha256: str) -> None:
    """A copy of `path` at `target`; PovplanError if its content is no longer that of `sha256`."""
    if target.is_file():
        with target.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return
    platform.make_folder(target.parent)
    platform.write_whole(target, _checked(path, sha256))


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turns a disk that is full, read-only or in use into a sentence."""
    try:
        yield
    except OSError as error:
        told = {"path": error.filename or root, "reason": why(error)}
        raise PovplanError(say("store_cannot_write", **told)) from error


def _checked(path: Path, sha256: str) -> Iterator[bytes]:
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            seen.update(chunk)
            yield chunk
    if seen.hexdigest() != sha256:
        raise PovplanError(say("store_file_changed", path=path))


def _put(root: Path, name: str, data: bytes) -> tuple[str, str]:
    path = root / name
    platform.make_folder(path.parent)
    platform.write_whole(path, [data])
    return name, _sha256(data)


def _encoded(frame: pd.DataFrame) -> bytes:
    from povplan.store import frames

    return frames.to_parquet(frame)


def _decoded(root: Path, name: str, sha256: str, decode: Callable[[bytes], Result]) -> Result:
    """What `decode` makes of a file. Right bytes that it cannot take were written by other software."""
    from povplan.store.frames import Unreadable

    data = read_bytes(root, name, sha256)
    try:
        return decode(data)
    except (Unreadable, OSError, ValueError) as error:
        raise PovplanError(say("store_file_damaged", path=root / name)) from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
