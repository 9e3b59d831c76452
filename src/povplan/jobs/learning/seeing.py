"""Last year's files looked at: the profile that explains most of them, and every header under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from povplan.config import Config
from povplan.errors import NOTHING_ACCEPTED, PovplanError
from povplan.excel.workers import Refused, read_in_workers
from povplan.jobs.founding import shipped_profile, shipped_profiles
from povplan.jobs.learning.headings import Heading, together
from povplan.jobs.learning.studying import SheetSeen, study
from povplan.jobs.profiles import plan_of
from povplan.jobs.receiving import Progress
from povplan.jobs.submissions import Collected
from povplan.messages import Said, say

DEFAULT = "default"


@dataclass(frozen=True)
class Seen:
    """The files under the profile chosen: sheets, headers, and a word on what could not be read."""

    config: Config
    files: tuple[tuple[Path, tuple[SheetSeen, ...]], ...]
    headings: tuple[Heading, ...]
    refused: tuple[tuple[str, Said], ...]

    @property
    def strangers(self) -> list[tuple[str, str]]:
        """(file, sheet) of the sheets that are no table of the profile."""
        return [(path.name, sheet.sheet) for path, sheets in self.files for sheet in sheets if not sheet.fits]

    @property
    def empty(self) -> list[str]:
        """The files of which every sheet is empty."""
        return [path.name for path, sheets in self.files if not sheets]

    @property
    def hold_rows(self) -> bool:
        """Whether any table of the profile has rows, and is no blank form."""
        return any(sheet.fits and sheet.rows for _, sheets in self.files for sheet in sheets)

    @property
    def titles(self) -> list[str]:
        """Every text that stands above a table of the profile."""
        return [text for _, sheets in self.files for sheet in sheets if sheet.fits for text in sheet.titles]

    @property
    def blank(self) -> list[tuple[str, str]]:
        """(file, sheet) of the forms without a row."""
        return [
            (path.name, sheet.sheet)
            for path, sheets in self.files
            for sheet in sheets
            if sheet.fits and not sheet.rows
        ]


def see(collected: Collected, profile: str | None, progress: Progress) -> Seen:
    """Study the files in worker processes. PovplanError where none of them has a table of any profile."""
    configs = [shipped_profile(profile)] if profile else shipped_profiles()
    studies, unread = _studied([file.path for file in collected.files], configs, progress)
    refused = [*collected.refused, *unread]
    scores = [_explained([sheets[number] for _, sheets in studies]) for number in range(len(configs))]
    if not max(scores, default=0):
        raise PovplanError(_nothing(len(collected.files) + len(collected.refused), refused), NOTHING_ACCEPTED)
    best = max(range(len(configs)), key=lambda n: (scores[n], configs[n].profile.profile == DEFAULT))
    chosen = tuple((path, sheets[best]) for path, sheets in studies)
    return Seen(configs[best], chosen, tuple(together(chosen)), tuple(refused))


def _studied(
    paths: Sequence[Path], configs: Sequence[Config], progress: Progress
) -> tuple[list[tuple[Path, tuple[tuple[SheetSeen, ...], ...]]], list[tuple[str, Said]]]:
    """(file, its sheets under each profile) of what can be read; (file, why not) of the rest."""
    studies: list[tuple[Path, tuple[tuple[SheetSeen, ...], ...]]] = []
    refused: list[tuple[str, Said]] = []
    looking = partial(study, plans=[plan_of(config) for config in configs])
    for path, result in zip(paths, read_in_workers(looking, paths), strict=True):
        progress(say("progress_file", name=path.name))
        if isinstance(result, Refused):
            refused.append((path.name, result.said))
        else:
            studies.append((path, result))
    return studies, refused


def _explained(files: Sequence[Sequence[SheetSeen]]) -> int:
    """How many headers a profile explains for certain, over all sheets that fit it."""
    return sum(sheet.sure for sheets in files for sheet in sheets if sheet.fits)


def _nothing(count: int, refused: Sequence[tuple[str, Said]]) -> Said:
    """Why nothing could be learned, with the first file's own reason."""
    if not refused:
        return say("learn_nothing", count=count)
    name, why = refused[0]
    return Said(
        say("learn_nothing_read", count=count, name=name, why=why.zh).zh,
        say("learn_nothing_read", count=count, name=name, why=why.en).en,
    )
