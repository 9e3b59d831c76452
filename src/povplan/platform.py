"""What differs between systems: flushing folders, files for their owner only, locks, network shares."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock

WINDOWS = sys.platform == "win32"
OWNER_FILE, OWNER_FOLDER = 0o600, 0o700
LITTER = frozenset(["thumbs.db", "desktop.ini"])
"""Files that Windows leaves in folders; in lower case."""
NETWORK_FILESYSTEMS = frozenset(
    [
        "9p",
        "afpfs",
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.sshfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "webdav",
    ]
)
_BINARY = getattr(os, "O_BINARY", 0)
_PATIENCE = 20
"""Tries, 50 ms apart, to replace a file that a virus scanner holds open on Windows."""


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Put a file in place complete and flushed to disk, or not at all; readable by its owner only.

    It is written beside as `.tmp`, flushed, renamed, and the folder flushed. What fails or is killed
    leaves at most the `.tmp`.
    """
    beside = path.with_name(path.name + ".tmp")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, OWNER_FILE)
    try:
        for chunk in chunks:
            _write_all(handle, chunk)
        os.fsync(handle)
    finally:
        os.close(handle)
    _replace(beside, path)
    flush_folder(path.parent)


def _write_all(handle: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(handle, left) :]


def _replace(beside: Path, path: Path) -> None:
    for _ in range(_PATIENCE if WINDOWS else 0):
        try:
            return os.replace(beside, path)  # noqa: PTH105 - one name for every operation on disk
        except PermissionError:
            time.sleep(0.05)
    return os.replace(beside, path)  # noqa: PTH105


def create_empty(path: Path) -> None:
    """An empty file for its owner only, on disk; an existing one stays as it is."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | _BINARY, OWNER_FILE))
    flush_folder(path.parent)


def make_folder(path: Path) -> None:
    """The folder and what is missing above it, for the owner only, each flushed to disk."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(OWNER_FOLDER, exist_ok=True)
        flush_folder(folder.parent)


def flush_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut. Windows has no such call and needs none."""
    if WINDOWS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_lock(path: Path) -> FileLock:
    """A lock that the system releases when its process ends, however it ends. Not yet acquired."""
    return FileLock(path, mode=OWNER_FILE)


def file_uri(path: Path) -> str:
    """`file:` address of a path as SQLite takes it: a Windows share keeps both its slashes."""
    name = path.absolute().as_posix()
    return "file://" + quote(name if name.startswith("/") else "/" + name, safe="/:")


def is_network_share(path: Path) -> bool:
    """Whether a path seems to lie on another machine; a guess, False where the system will not say."""
    path = path.absolute()
    if WINDOWS:
        return path.drive.startswith("\\\\") or _is_remote_drive(path.anchor)
    return _filesystem(path, _mounts()) in NETWORK_FILESYSTEMS


def _is_remote_drive(root: str) -> bool:
    import ctypes

    remote = 4
    windll = getattr(ctypes, "windll", None)
    return windll is not None and windll.kernel32.GetDriveTypeW(root) == remote


def _mounts() -> list[tuple[str, str]]:
    """Mount point and kind of every file system, from Linux' table or the words of `mount` on macOS."""
    if sys.platform == "darwin":
        import subprocess

        said = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
        lines = [line.partition(" on ")[2].rpartition(" (") for line in said.splitlines()]
        return [(point, rest.partition(",")[0].rstrip(")")) for point, _, rest in lines]
    try:
        table = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines_of_fields = [line.split(" ") for line in table.splitlines()]
    return [(fields[1].replace("\\040", " "), fields[2]) for fields in lines_of_fields if len(fields) > 2]


def _filesystem(path: Path, mounts: list[tuple[str, str]]) -> str:
    """Kind of the file system mounted nearest above `path`; of two on one point the later."""
    above = [
        (len(Path(point).parts), at) for at, (point, _) in enumerate(mounts) if path.is_relative_to(point)
    ]
    return mounts[max(above)[1]][1] if above else ""
