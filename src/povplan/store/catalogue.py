"""The SQLite catalogue: which batches there are and which files make them.

Nothing in it is ever changed or deleted. It has a rollback journal and `synchronous=EXTRA`, so that a
transaction that has returned survives a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from povplan import platform
from povplan.errors import LOCKED, PovplanError
from povplan.messages import say

NAME = "catalogue.sqlite"
VERSION = 1
"""Raised whenever the tables change; another version is refused, never guessed at."""
APPLICATION = 0x706F7670  # "povp"
PATIENCE = 30.0
"""Seconds to wait while another process is in the middle of a transaction."""
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE file (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE config (digest TEXT PRIMARY KEY, path TEXT NOT NULL REFERENCES file);
CREATE TABLE batch (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, operator TEXT NOT NULL,
  as_of TEXT NOT NULL, config TEXT REFERENCES config, profile TEXT NOT NULL, coverage TEXT NOT NULL,
  findings TEXT REFERENCES file, undoes INTEGER REFERENCES batch, note TEXT NOT NULL
);
CREATE TABLE input (
  batch INTEGER NOT NULL REFERENCES batch, position INTEGER NOT NULL, sha256 TEXT NOT NULL,
  name TEXT NOT NULL, year INTEGER, mode TEXT NOT NULL, status TEXT NOT NULL,
  said_zh TEXT NOT NULL, said_en TEXT NOT NULL, PRIMARY KEY (batch, position)
);
CREATE TABLE part (
  batch INTEGER NOT NULL REFERENCES batch, position INTEGER NOT NULL, ledger TEXT NOT NULL,
  year INTEGER NOT NULL, form TEXT NOT NULL, mode TEXT NOT NULL, scope TEXT NOT NULL,
  path TEXT NOT NULL REFERENCES file, PRIMARY KEY (batch, position)
);
CREATE INDEX part_of ON part (ledger, year);
CREATE TABLE source (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL REFERENCES batch, sha256 TEXT NOT NULL, file TEXT NOT NULL,
  sheet TEXT NOT NULL, form TEXT NOT NULL, ledger TEXT NOT NULL, columns TEXT NOT NULL
);
"""


def rows(root: Path, query: str, *values: Any) -> list[sqlite3.Row]:
    """What a query finds; nothing where there is no ledger yet. Never keeps a writer waiting.

    A transaction cut short by a kill is undone first, as SQLite does for whoever may write.
    """
    path = root / NAME
    if not path.exists():
        return _none(root)
    with _explained(path):
        try:
            return _rows(root, "ro", query, *values)
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
        return _rows(root, "rw", query, *values)


def _rows(root: Path, mode: str, query: str, *values: Any) -> list[sqlite3.Row]:
    with closing(_connect(root / NAME, mode)) as connection:
        if not _is_ours(connection, root / NAME):
            return _none(root)
        return connection.execute(query, values).fetchall()


def _none(root: Path) -> list[sqlite3.Row]:
    """No rows: the tables come before the first part, so parts without them are a lost catalogue."""
    if next((root / "parts").rglob("*.parquet"), None):
        raise PovplanError(say("store_catalogue_lost", path=root / NAME))
    return []


@contextmanager
def transaction(root: Path) -> Iterator[sqlite3.Connection]:
    """Everything the block writes, or nothing of it."""
    path = root / NAME
    with _explained(path), closing(_connect(path, "rw")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def create(root: Path) -> None:
    """The catalogue with its tables; an existing one stays as it is."""
    path = root / NAME
    if not path.exists():
        _none(root)
        platform.create_empty(path)
    with transaction(root) as connection:
        if _is_ours(connection, path):
            return
        _none(root)
        for statement in SCHEMA.split(";"):
            connection.execute(statement)


def insert(connection: sqlite3.Connection, table: str, *found: dict[str, Any]) -> None:
    """Rows into a table, by column name."""
    for row in found:
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def damage(root: Path) -> str | None:
    """What SQLite finds wrong inside the catalogue; None if nothing."""
    found = rows(root, "PRAGMA integrity_check")
    return None if not found or found[0][0] == "ok" else str(found[0][0])


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{platform.file_uri(path)}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there; False for an empty file, PovplanError for another version or program."""
    version, application, tables = (
        connection.execute(query).fetchone()[0]
        for query in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_master")
    )
    if version == application == tables == 0:
        return False
    if application != APPLICATION:
        raise PovplanError(say("store_foreign", path=path))
    if version != VERSION:
        key = "store_newer" if version > VERSION else "store_older"
        raise PovplanError(say(key, path=path, version=version, known=VERSION))
    return True


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what SQLite says of the file into a sentence; mistakes in what we ask of it stay bugs."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        key, code = _key(_code(error))
        raise PovplanError(say(key, path=path, reason=error), *code) from error


def _code(error: Exception) -> int:
    """SQLite's own code; an error of Python's module, over text that is none, has none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)


def _key(code: int) -> tuple[str, tuple[int, ...]]:
    """Message key, and exit code where it is not the usual one."""
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "store_busy", (LOCKED,)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_AUTH:
            return "store_no_access", ()
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return "store_no_access", ()
        case _:
            return "store_catalogue_damaged", ()
