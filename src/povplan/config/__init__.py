"""What a county declares: YAML files in, checked and immutable definitions out, every fault at its place."""

from povplan.config.load import Config, config_from_texts, load_config, profiles
from povplan.config.single import read_spec

__all__ = [
    "Config",
    "config_from_texts",
    "load_config",
    "profiles",
    "read_spec",
]
