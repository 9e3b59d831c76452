"""A file that no form of this workspace fits: whose form is it?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from povplan.config import Config, load_config, profiles
from povplan.errors import ConfigError
from povplan.excel.workers import read_in_workers
from povplan.jobs.reading import FileRead, read_file
from povplan.messages import Said, say


def other_profile(path: Path, config: Config) -> Said | None:
    """The shipped profile that has a form for the file, in words; None where none has."""
    from povplan.jobs.update import plan_of

    for name in profiles():
        if name == config.profile.profile:
            continue
        try:
            other = load_config(name)
        except ConfigError:
            continue
        (result,) = read_in_workers(partial(read_file, plan=plan_of(other)), [path])
        forms = [sheet.form for sheet in result.sheets if sheet.form] if isinstance(result, FileRead) else []
        if forms:
            label = other.profile.label
            return say("file_other_profile", profile=label.zh, form=forms[0].label.zh, id=name)
    return None
