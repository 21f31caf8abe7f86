"""Garbage is collected as before once an import is over."""

from __future__ import annotations

import gc

from labeling.jobs.rare_collections import rare_collections


def test_collections_are_rarer_within_and_as_before_afterwards():
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold() > before
    assert gc.get_threshold() == before
