"""Settings of a run as a command line gives them."""

from __future__ import annotations

from collections.abc import Sequence

from labeling.management.command_line import wrong


def settings_given(pairs: Sequence[str]) -> dict[str, str]:
    """`["epochs=40"]` as `{"epochs": "40"}`; what is no pair is a wrong argument."""
    settings: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise wrong(f"--set {pair}: give it as key=value, for instance epochs=40.")
        settings[name] = value
    return settings
