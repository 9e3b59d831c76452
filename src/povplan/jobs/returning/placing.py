"""Where what is returned lies: folders by township, names of the senders, nothing ever written over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from povplan.jobs.reporting import file_name
from povplan.messages import say
from povplan.platform import make_folder, write_whole

LONGEST = 60
"""Characters that are kept of a sender's file name."""
_BAD = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_EARLIER = re.compile(r"-(?:核查|checked)(?:-第?\d+批?)?(?:\(\d+\))?$")


@dataclass(frozen=True)
class Shelf:
    """The folder of a year's returns, and the batch that their names tell."""

    folder: Path
    batch: int | None
    lang: str

    def of_township(self, township: str | None) -> Path:
        """The folder of a township (its path), or of what belongs to no single one."""
        name = township.rsplit("/", 1)[-1] if township else say("returns_whole").text(self.lang)
        return self.folder / file_name(name)

    def copy_name(self, name: str) -> str:
        """What the marked copy of a file is called, without its ending: by the sender's own name for it."""
        stem = _BAD.sub("_", Path(name).stem)
        return self._named("returns_copy", stem=_EARLIER.sub("", stem)[:LONGEST].strip(" .") or "_")

    def book_name(self, area: str | None) -> str:
        """What a workbook of findings is called, without its ending."""
        if area is None:
            return self._named("returns_county_file")
        return self._named("returns_file", area=file_name(area))

    def _named(self, key: str, **values: str) -> str:
        batch = say("returns_of_batch", batch=self.batch).text(self.lang) if self.batch else ""
        return say(key, **values).text(self.lang) + batch


def put(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    """The file that holds `data`: new, or one that holds it already; a file with other content is left alone.

    Somebody may have begun to correct or to answer in what an earlier run wrote.
    """
    make_folder(folder)
    number = 1
    while True:
        path = folder / f"{stem}{f'({number})' if number > 1 else ''}{suffix}"
        if not path.exists():
            write_whole(path, [data])
            return path
        if _holds(path, data):
            return path
        number += 1


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
