from __future__ import annotations

import pytest

from labeling.services.flag_facts import DISTANCE_EDGES_KM, SNR_EDGES_DB, band_of, bands


def test_bands_are_named_from_the_lowest_to_the_highest() -> None:
    assert bands(SNR_EDGES_DB) == ["under5", "5-10", "10-20", "over20"]
    assert max(len(token) for token in bands(DISTANCE_EDGES_KM)) <= 8


@pytest.mark.parametrize(("value", "token"), [(-3.0, "under5"), (5.0, "5-10"), (19.99, "10-20"), (20.0, "over20"), (None, "")])
def test_an_edge_belongs_to_the_band_above_it(value, token) -> None:
    assert band_of(value, SNR_EDGES_DB) == token
