"""Every mistake an office may make in a definition is told at its place, and nothing else is told.

Each file in `broken/` stands for one file of the good definitions in `broken/good`. Its first line says
for which; each line after that says where a fault stands and what it must say, in English and Chinese.
"""

from pathlib import Path

import pytest

from povplan.config.load import config_of
from povplan.config.shelf import Folders
from povplan.errors import ConfigError, Fault

BROKEN = Path(__file__).parent / "broken"
Expected = tuple[str, str, str]


def expectations(path: Path) -> tuple[str, list[Expected]]:
    """The file that `path` stands for; place and phrases of each fault."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    told = [line.removeprefix("# ").split(" | ") for line in lines if " | " in line and line.startswith("# ")]
    return first.removeprefix("# in "), [(place, english, chinese) for place, english, chinese in told]


def faults_with(tmp_path: Path, target: str, path: Path) -> list[Fault]:
    """The faults of the good definitions with `path` laid over `target`."""
    laid = tmp_path / target
    laid.parent.mkdir(parents=True, exist_ok=True)
    laid.write_bytes(path.read_bytes())
    with pytest.raises(ConfigError) as refused:
        config_of(Folders(((tmp_path, "configs"), (BROKEN / "good", "configs"))), "small")
    return refused.value.faults


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_told_at_its_place_with_what_to_do_and_nothing_else_is(
    path: Path, tmp_path: Path
) -> None:
    target, expected = expectations(path)

    faults = faults_with(tmp_path, target, path)

    told = "\n".join(fault.text("en") + "\n" + fault.text("zh") for fault in faults)
    assert [f"{fault.line}:{fault.column}" for fault in faults] == [place for place, _, _ in expected], told
    assert {fault.file for fault in faults} == {f"configs/{target}"}, told
    for fault, (_, english, chinese) in zip(faults, expected, strict=True):
        assert english in fault.said.en
        assert chinese in fault.said.zh
