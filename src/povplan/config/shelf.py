"""Where definitions lie: in layered folders, or among the texts archived with a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from povplan.config.syntax import read_text
from povplan.errors import Fault
from povplan.messages import shipped

TOP = "."
"""The folder of the files that lie in no other: the profile, words, funds, ..."""
FOLDERS = ("ledgers", "forms", "indicators", "parameters", "codes", "reports", "comparisons", "scorecards")


class Shelf(Protocol):
    """Definition files by their name within `configs`, `ledgers/village.yaml`."""

    def names(self, folder: str) -> list[str]:
        """The names of all files in `folder`, in order."""

    def shown(self, name: str) -> str:
        """How a fault names the file."""

    def read(self, name: str) -> tuple[str | None, list[Fault]]:
        """The file's text, None where there is no such file or it cannot be read (then with a fault)."""


@dataclass(frozen=True)
class Folders:
    """Folders of which an earlier one overrides a later one, file by file; each with its shown name."""

    layers: tuple[tuple[Path, str], ...]

    @classmethod
    def of(cls, profile: str, workspace: Path | None) -> Folders:
        """The workspace's own files, then those of the profile, then the shared defaults."""
        own = f"configs/profiles/{profile}"
        layers = [(shipped("configs") / "profiles" / profile, own), (shipped("configs"), "configs")]
        if workspace is not None:
            configs = workspace / "configs"
            layers = [(configs / "profiles" / profile, own), (configs, "configs"), *layers]
        return cls(tuple(layers))

    def names(self, folder: str) -> list[str]:
        """The union over all layers."""
        found = {path.name for root, _ in self.layers for path in (root / folder).glob("*.y*ml")}
        return [str(PurePosixPath(folder, name)) for name in sorted(found)]

    def shown(self, name: str) -> str:
        """`configs/…`, as in the workspace and in the shipped folder alike."""
        found = (f"{shown}/{name}" for root, shown in self.layers if (root / name).is_file())
        return next(found, f"configs/{name}")

    def read(self, name: str) -> tuple[str | None, list[Fault]]:
        """The first layer's file of that name."""
        path = next((root / name for root, _ in self.layers if (root / name).is_file()), None)
        if path is None:
            return None, []
        return read_text(path, self.shown(name))


@dataclass(frozen=True)
class Archived:
    """The texts kept with a batch."""

    texts: Mapping[str, str]

    def names(self, folder: str) -> list[str]:
        """All kept names of the folder."""
        return sorted(name for name in self.texts if str(PurePosixPath(name).parent) == folder)

    def shown(self, name: str) -> str:
        """As in a workspace."""
        return f"configs/{name}"

    def read(self, name: str) -> tuple[str | None, list[Fault]]:
        """The kept text."""
        return self.texts.get(name), []
