"""From files to a `Config`: read, cross-check, and the digest that says which definitions made a figure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from povplan.config.kept import keep, recalled, stamp
from povplan.config.shelf import Archived, Folders, Shelf
from povplan.errors import ConfigError, Fault
from povplan.messages import say, shipped
from povplan.spec import (
    CalendarYear,
    CodeList,
    Comparison,
    Detector,
    Fit,
    Form,
    Funds,
    Indicator,
    Ledger,
    Parameter,
    Profile,
    Report,
    ScoreCard,
    Target,
    UnitOfMeasure,
    Words,
)

if TYPE_CHECKING:
    from povplan.config.declared import Declared


@dataclass(frozen=True)
class Config:
    """All definitions of one profile, checked against each other."""

    profile: Profile
    ledgers: Mapping[str, Ledger]
    forms: Mapping[str, Form]
    """By id: those the profile names, then one implied form for each ledger that none of them feeds."""
    indicators: tuple[Indicator, ...]
    parameters: Mapping[str, Parameter]
    codes: Mapping[str, CodeList]
    """By id, with `fund_source`, `fund_stage` and `fund_class` made of the fund taxonomy."""
    funds: Funds | None
    measurement: Mapping[str, UnitOfMeasure]
    """Units of measure by id and by alias."""
    calendar: tuple[CalendarYear, ...]
    """Public holidays, year by year; of other years only Saturdays and Sundays are known to be free."""
    words: Words
    reports: Mapping[str, Report]
    """Of the county, of each township, of each department, and the yearly notices."""
    comparisons: Mapping[str, Comparison]
    """By id: lists of other departments that ledgers are compared with."""
    targets: tuple[Target, ...]
    """Those of `targets.yaml`; the ledger `target` may hold others."""
    target_places: tuple[str, ...]
    """Where each of them stands, `file:line`."""
    cards: Mapping[str, ScoreCard]
    """Score cards by id."""
    detectors: tuple[Detector, ...]
    """What is looked for in the plan, in the order of the file."""
    fits: tuple[Fit, ...]
    """Which money is meant for which causes and needs."""
    digest: str
    """SHA-256 over the names and texts of `texts`, hexadecimal."""
    texts: Mapping[str, str]
    """Name within `configs` → content of every file that was loaded, line ends normalised."""
    files: Mapping[str, str]
    """The same names → how faults show the file."""


def load_config(profile: str, workspace: Path | None = None) -> Config:
    """The definitions of `profile`, a workspace's own files overriding the shipped ones file by file.

    Raises ConfigError with every fault of every file.
    """
    shelf = Folders.of(profile, workspace)
    known = profiles(workspace)
    if profile not in known:
        from povplan.config.shape import suggest

        said = suggest(say("config_no_profile", name=profile, known=", ".join(known)), profile, known)
        raise ConfigError([Fault(f"configs/profiles/{profile}/profile.yaml", 1, 1, said)])
    return config_of(shelf, profile)


def config_from_texts(texts: Mapping[str, str], profile: str) -> Config:
    """The definitions as they were when `texts` were archived (`Config.texts`).

    Raises ConfigError where they no longer pass today's checks.
    """
    return config_of(Archived(texts), profile)


def profiles(workspace: Path | None = None) -> list[str]:
    """The names of all profiles, shipped ones and the workspace's own."""
    roots = [shipped("configs"), *([workspace / "configs"] if workspace else [])]
    found = {path.parent.name for root in roots for path in root.glob("profiles/*/profile.yaml")}
    return sorted(name for name in found if re.fullmatch(r"[\w-]+", name))


def digest_of(texts: Mapping[str, str]) -> str:
    """SHA-256 over names and texts, in the order of names; a name cannot run into its text."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        for part in (name, texts[name]):
            data = part.encode()
            digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def config_of(shelf: Shelf, profile: str) -> Config:
    """The definitions on `shelf`. Raises ConfigError with every fault."""
    mark = stamp(shelf, profile)
    config: Config | None = recalled(mark) if mark else None
    if config is None:
        config = _checked(shelf, profile)
        if mark and stamp(shelf, profile) == mark:  # nobody saved a file between the stamp and the reading
            keep(mark, config)
    return config


def _checked(shelf: Shelf, profile: str) -> Config:
    """The same, read and checked: what reads and checks is loaded only here."""
    from povplan.config.cross import cross_checks
    from povplan.config.declared import read_declared

    declared, faults = read_declared(shelf)
    faults += cross_checks(declared)
    if declared.profile and declared.profile.spec.profile != profile:
        faults.append(declared.profile.fault(say("config_profile_name", folder=profile), "profile"))
    if faults or not declared.profile or not declared.words:
        raise ConfigError(faults)
    return Config(
        profile=declared.profile.spec,
        ledgers=declared.ledger_of,
        forms=_forms(declared),
        indicators=tuple(placed.spec for placed in declared.indicators),
        parameters=declared.parameter_of,
        codes=declared.list_of,
        funds=declared.funds.spec if declared.funds else None,
        measurement=declared.unit_of,
        calendar=tuple(placed.spec for placed in declared.calendar),
        words=declared.words.spec,
        reports={placed.spec.report: placed.spec for placed in declared.reports},
        comparisons={placed.spec.id: placed.spec for placed in declared.comparisons},
        targets=tuple(placed.spec for placed in declared.targets),
        target_places=tuple(placed.where() for placed in declared.targets),
        cards={placed.spec.card: placed.spec for placed in declared.cards},
        detectors=tuple(placed.spec for placed in declared.detectors),
        fits=tuple(placed.spec for placed in declared.fits),
        digest=digest_of(declared.texts),
        texts=declared.texts,
        files={name: shelf.shown(name) for name in declared.texts},
    )


def _forms(declared: Declared) -> dict[str, Form]:
    from povplan.config.implied import completed, implied_form

    forms = {
        form.form: completed(form, declared.ledger_of[form.feeds[0].ledger]) if form.items else form
        for form in (placed.spec for placed in declared.forms)
    }
    implied = {ledger.spec.ledger: implied_form(ledger.spec) for ledger in declared.without_form}
    return forms | implied
