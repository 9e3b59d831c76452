"""What goes into the base ledger and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from povplan.model import Source

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pandas as pd

Mode = Literal["full", "partial"]
Kind = Literal["update", "recheck", "rollback", "waiver", "amendment", "close", "reopen", "tag"]
"""What made a batch. Waivers and amendments are rows of those registers written by a command; the last three
only say something of the ledger: a year is closed or open again, a state of it has a name."""
Mark = Literal["close", "reopen", "tag"]
UNCHECKED = frozenset({"rollback", "close", "reopen", "tag"})
"""Kinds of batch that bring no rows, definitions or findings of their own."""


@dataclass(frozen=True)
class Input:
    """One submitted file of a batch, by content; a refused one says why."""

    sha256: str
    name: str
    year: int | None
    mode: Mode
    status: Literal["accepted", "refused"]
    said_zh: str = ""
    said_en: str = ""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one ledger and year that came in by one form.

    `scope` names the units (paths) a `full` part speaks for; their rows that it lacks have vanished.
    """

    ledger: str
    year: int
    form: str
    mode: Mode
    scope: tuple[str, ...]
    frame: pd.DataFrame


Made: TypeAlias = Mapping[Part, "Future[bytes]"]
"""Parts whose bytes are made already, or about to be."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A batch to be committed. `time` is ISO; `as_of` maps a year to the ISO date ages count from.

    `coverage` is anything JSON can say; `config_texts` is what `config_digest` was made of, file by file.
    Parts that are not `made` are encoded when they are committed.
    """

    kind: Kind
    time: str
    operator: str
    as_of: Mapping[int, str]
    config_digest: str
    config_texts: Mapping[str, str]
    profile: str
    inputs: tuple[Input, ...]
    sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    findings: pd.DataFrame
    coverage: Any
    note: str = ""
    made: Made = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """A committed batch 入库批次. A rollback has no inputs or configuration; it names what it `undoes`."""

    id: int
    kind: Kind
    time: str
    operator: str
    as_of: Mapping[int, str]
    config_digest: str
    profile: str
    inputs: tuple[Input, ...]
    undoes: int | None
    note: str
    coverage: Any

    @property
    def checked(self) -> bool:
        """Whether it left definitions and findings behind."""
        return self.kind not in UNCHECKED


@dataclass(frozen=True)
class Layer:
    """A part in force, its rows still on disk."""

    batch: int
    ledger: str
    year: int
    form: str
    mode: Mode
    scope: tuple[str, ...]
    _read: Callable[[Sequence[str] | None], pd.DataFrame] = field(repr=False, compare=False)

    def read(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows, as committed, numbered from 0; PovplanError when the file is missing or damaged.

        With `columns`, only those, in that order; one that the part does not have is left out.
        """
        return self._read(columns)
