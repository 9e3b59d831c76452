"""Files that no form of this workspace fits: whose form are they?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from povplan.config import Config, load_config, profiles
from povplan.errors import ConfigError
from povplan.excel.workers import Refused, read_in_workers
from povplan.jobs.reading import Plan, recognise
from povplan.messages import Said, say
from povplan.reading.lines import Definitions
from povplan.words import Vocabulary


def plan_of(config: Config) -> Plan:
    """What workers need of the configuration."""
    ledgers = {name: ledger.unchecked() for name, ledger in config.ledgers.items()}
    vocabulary = Vocabulary(config.measurement, config.words)
    return Plan(Definitions(ledgers, config.codes, vocabulary), tuple(config.forms.values()))


def other_profiles(paths: Sequence[Path], config: Config) -> dict[Path, Said]:
    """For each file that a form of another shipped profile fits, that profile in words."""
    if not paths:
        return {}
    others = [other for name in profiles() if name != config.profile.profile and (other := _loaded(name))]
    fits = partial(fitting, plans=[plan_of(other) for other in others])
    found = {}
    for path, result in zip(paths, read_in_workers(fits, paths), strict=True):
        if result is not None and not isinstance(result, Refused):
            number, form = result
            profile = others[number].profile
            zh = say("file_other_profile", profile=profile.label.zh, form=form.zh, id=profile.profile).zh
            label = profile.label.text("en")
            en = say("file_other_profile", profile=label, form=form.en, id=profile.profile).en
            found[path] = Said(zh, en)
    return found


def fitting(path: Path, plans: Sequence[Plan]) -> tuple[int, Said] | None:
    """The first plan that has a form for a sheet of the file, and the form's label. Runs in a worker."""
    from povplan.excel import read_workbook

    grids = read_workbook(path).grids
    for number, plan in enumerate(plans):
        for grid in grids:
            layout, _ = recognise(grid, plan)
            if layout is not None:
                return number, layout.form.label.said
    return None


def _loaded(name: str) -> Config | None:
    try:
        return load_config(name)
    except ConfigError:
        return None
