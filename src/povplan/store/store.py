"""The base ledger: batches are appended, read as layers, undone by further batches, never edited."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povplan import platform
from povplan.errors import PovplanError
from povplan.messages import Said, say
from povplan.model import FINDING_COLUMNS, Source
from povplan.store import catalogue, files, records
from povplan.store.guard import Guard
from povplan.store.values import Batch, Draft, Layer, Mark

if TYPE_CHECKING:
    import pandas as pd

STATUS = "status"
"""Column of stored findings beside `FINDING_COLUMNS`: new, persisting, fixed, reopened or waived."""
_HALF_KEPT = re.compile(r"[0-9a-f]{64}.*\.tmp")
_NUMBERS = ("year", "source", "row", "column")


class Store:
    """The ledger in a folder. Making one creates nothing; a folder without a ledger is an empty ledger.

    Every method looks at the disk anew. Batches are only ever added, so who passes the same `as_of` to
    several calls sees one state through all of them, whatever is committed meanwhile.
    Damage, foreign versions and lack of access are PovplanErrors, raised where they are met.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._guard = Guard(root)

    def batches(self) -> list[Batch]:
        """Every batch ever committed, rollbacks and undone ones too, oldest first."""
        found = self._rows("SELECT * FROM batch ORDER BY id")
        inputs = self._rows("SELECT * FROM input ORDER BY batch, position")
        return [records.as_batch(row, inputs) for row in found]

    def batch(self, number: int) -> Batch:
        """One batch; PovplanError naming those there are."""
        found = self._rows("SELECT * FROM batch WHERE id = ?", number)
        if not found:
            raise self._no_batch(number)
        inputs = self._rows("SELECT * FROM input WHERE batch = ? ORDER BY position", number)
        return records.as_batch(found[0], inputs)

    def active(self, as_of: int | None = None, without: Collection[int] = ()) -> list[int]:
        """Batches in force after batch `as_of` (default: the last): no rollback in force undoes them.

        `without` shows what there would be if those were rolled back. Rollbacks in force are listed too.
        """
        undone = set(without)
        in_force = []
        query = "SELECT id, undoes FROM batch WHERE id <= coalesce(?, id) ORDER BY id DESC"
        for row in self._rows(query, as_of):
            if row["id"] not in undone:
                in_force.append(row["id"])
                undone.add(row["undoes"])
        return in_force[::-1]

    def in_force(self, as_of: int | None = None) -> list[Batch]:
        """The batches that are `active`, oldest first."""
        active = set(self.active(as_of))
        return [batch for batch in self.batches() if batch.id in active]

    def layers(
        self, ledger: str, year: int, as_of: int | None = None, without: Collection[int] = ()
    ) -> list[Layer]:
        """Parts of a ledger's year in force, in the order they were committed."""
        in_force = set(self.active(as_of, without))
        query = (
            "SELECT part.*, sha256 FROM part JOIN file USING (path)"
            " WHERE ledger = ? AND year = ? ORDER BY batch, position"
        )
        return [self._layer(row) for row in self._rows(query, ledger, year) if row["batch"] in in_force]

    def years(self, ledger: str, as_of: int | None = None) -> list[int]:
        """Years a ledger has layers in force for, ascending."""
        return sorted({year for name, year in self._held(as_of) if name == ledger})

    def ledgers(self, as_of: int | None = None) -> list[str]:
        """Ledgers with layers in force, by name."""
        return sorted({name for name, _ in self._held(as_of)})

    def _held(self, as_of: int | None) -> set[tuple[str, int]]:
        in_force = set(self.active(as_of))
        found = self._rows("SELECT DISTINCT batch, ledger, year FROM part")
        return {(row["ledger"], row["year"]) for row in found if row["batch"] in in_force}

    def sources(self, ids: Iterable[int] | None = None) -> dict[int, Source]:
        """Sources by id, all or those asked for; an unknown id is left out."""
        if ids is None:
            found = self._rows("SELECT * FROM source ORDER BY id")
        else:
            wanted = json.dumps([int(number) for number in ids])
            query = "SELECT * FROM source WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
            found = self._rows(query, wanted)
        return {row["id"]: records.as_source(row) for row in found}

    def batches_of(self, ids: Iterable[int]) -> dict[int, int]:
        """Source id → the batch that brought it; an unknown id is left out."""
        wanted = json.dumps([int(number) for number in ids])
        query = "SELECT id, batch FROM source WHERE id IN (SELECT value FROM json_each(?))"
        return {row["id"]: row["batch"] for row in self._rows(query, wanted)}

    def next_source_id(self) -> int:
        """The id the next new source takes, from 1; good as long as the lock is held."""
        return self._number("SELECT max(id) FROM source") + 1

    def findings(self, number: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Findings of a batch, `FINDING_COLUMNS` and `status`, or some columns; none for a rollback."""
        query = "SELECT path, sha256 FROM batch LEFT JOIN file ON path = findings WHERE id = ?"
        found = self._rows(query, number)
        if not found:
            raise self._no_batch(number)
        path, sha256 = found[0]
        return files.read_frame(self.root, path, sha256, columns) if path else no_findings()

    def config_texts(self, digest: str) -> dict[str, str]:
        """Configuration files, by relative name, as a batch used them."""
        found = self._rows("SELECT path, sha256 FROM config JOIN file USING (path) WHERE digest = ?", digest)
        if not found:
            raise PovplanError(say("store_no_config", digest=digest))
        return files.read_config(self.root, *found[0])

    def damaged(self) -> list[Said]:
        """What is wrong with the ledger's files, each read through: for `doctor`, it may take seconds."""
        inside = catalogue.damage(self.root)
        path = self.root / catalogue.NAME
        found = [say("store_catalogue_damaged", path=path, reason=inside)] if inside else []
        for name, sha256 in self._rows("SELECT path, sha256 FROM file ORDER BY path"):
            try:
                files.read_bytes(self.root, name, sha256)
            except PovplanError as error:
                found.append(error.said)
        return found

    def lock(self, wait: float = 0) -> AbstractContextManager[None]:
        """The sole right to write, for a block; waits at most `wait` seconds, else PovplanError (LOCKED).

        A process that dies loses it. A block inside a block of the same Store (and thread) just goes on.
        """
        return self._guard.held(wait)

    def commit(self, draft: Draft) -> Batch:
        """The draft as the next batch: all of it on disk for good, or none of it. Takes the lock itself."""
        with self.lock(), files.writing(self.root):
            catalogue.create(self.root)
            number = self._last() + 1
            findings = files.put_findings(self.root, number, draft.findings)
            parts = [files.put_part(self.root, number, part, draft.made.get(part)) for part in draft.parts]
            known = self._rows("SELECT digest FROM config WHERE digest = ?", draft.config_digest)
            config = None if known else files.put_config(self.root, draft.config_digest, draft.config_texts)
            with catalogue.transaction(self.root) as connection:
                _record(connection, number, draft, findings, parts, config)
        return self.batch(number)

    def rollback(self, number: int, operator: str, time: str, note: str = "") -> Batch:
        """A batch that takes batch `number` out of force; undoing a rollback brings its batch back.

        PovplanError for a number there is not, or one already undone.
        """
        with self.lock(), files.writing(self.root):
            self.batch(number)
            in_force = self.active()
            if number not in in_force:
                by = next(one.id for one in self.batches() if one.undoes == number and one.id in in_force)
                raise PovplanError(say("store_already_undone", id=number, by=by))
            row = records.rollback_row(self._last() + 1, number, operator, time, note)
            with catalogue.transaction(self.root) as connection:
                catalogue.insert(connection, "batch", row)
        return self.batch(row["id"])

    def mark(self, kind: Mark, operator: str, time: str, note: str) -> Batch:
        """A batch that brings no rows and only says something of the ledger; `note` is all it says."""
        with self.lock(), files.writing(self.root):
            row = records.mark_row(self._last() + 1, kind, operator, time, note)
            with catalogue.transaction(self.root) as connection:
                catalogue.insert(connection, "batch", row)
        return self.batch(row["id"])

    def held(self, batch: int) -> set[tuple[str, int]]:
        """Ledger and year of every part that a batch brought."""
        found = self._rows("SELECT DISTINCT ledger, year FROM part WHERE batch = ?", batch)
        return {(row["ledger"], row["year"]) for row in found}

    def sweep(self) -> int:
        """Removes what killed runs left, and says how many files; takes the lock itself.

        Nothing is removed where the catalogue is lost, damaged, or older than the parts: PovplanError.
        """
        if not self.root.is_dir():
            return 0
        with self.lock(), files.writing(self.root):
            live = [row["path"] for row in self._rows("SELECT path FROM file")]
            found = files.strays(self.root, live, self._last())
            found += [path for path in self._submissions.glob("*/*.tmp") if _HALF_KEPT.fullmatch(path.name)]
            for path in found:
                path.unlink()
        return len(found)

    def keep_file(self, path: Path, year: int, sha256: str) -> Path:
        """Where a submitted file of that content is kept, named by its hash: `submissions/<year>/`.

        Copied unless it is there already; PovplanError if `path` has changed since it was hashed.
        """
        target = self._submissions / str(year) / f"{sha256}{path.suffix.lower()}"
        with self.lock(), files.writing(self.root):
            files.keep(path, target, sha256)
        return target

    @property
    def _submissions(self) -> Path:
        return self.root.parent / "submissions"

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        return catalogue.rows(self.root, query, *values)

    def _number(self, query: str) -> int:
        found = self._rows(query)
        return (found[0][0] or 0) if found else 0

    def _last(self) -> int:
        return self._number("SELECT max(id) FROM batch")

    def _no_batch(self, number: int) -> PovplanError:
        last = self._last()
        if not last:
            return PovplanError(say("store_no_batch_yet", id=number))
        return PovplanError(say("store_no_batch", id=number, first=1, last=last))

    def _layer(self, row: sqlite3.Row) -> Layer:
        read = partial(files.read_frame, self.root, row["path"], row["sha256"])
        scope = records.as_scope(row)
        return Layer(row["batch"], row["ledger"], row["year"], row["form"], row["mode"], scope, read)


def no_findings() -> pd.DataFrame:
    """An empty frame of findings, typed."""
    import pandas as pd

    names = (*FINDING_COLUMNS, STATUS)
    return pd.DataFrame({name: pd.Series(dtype="Int64" if name in _NUMBERS else "string") for name in names})


def share_warning(root: Path) -> Said | None:
    """What to tell whoever keeps the ledger on a network share, where locks cannot be trusted."""
    return say("store_network_share", path=root) if platform.is_network_share(root) else None


def _record(
    connection: sqlite3.Connection,
    number: int,
    draft: Draft,
    findings: tuple[str, str],
    parts: Sequence[tuple[str, str]],
    config: tuple[str, str] | None,
) -> None:
    """A batch and the files that make it, each (path, SHA-256), into the catalogue."""
    put = dict([findings, *parts, *([config] if config else [])])
    catalogue.insert(connection, "file", *({"path": path, "sha256": found} for path, found in put.items()))
    if config:
        catalogue.insert(connection, "config", {"digest": draft.config_digest, "path": config[0]})
    catalogue.insert(connection, "batch", records.batch_row(number, draft, findings[0]))
    catalogue.insert(connection, "input", *records.input_rows(number, draft.inputs))
    placed = enumerate(zip(draft.parts, parts, strict=True))
    rows = [records.part_row(number, at, part, path) for at, (part, (path, _)) in placed]
    catalogue.insert(connection, "part", *rows)
    catalogue.insert(connection, "source", *(records.source_row(number, one) for one in draft.sources))
