"""At what rate networks see waveforms, where nobody said it: as the traces were recorded, in a few steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

USUAL_HZ = 100.0  # of the base checkpoint, and of most networks
AS_USUAL_HZ = (50.0, 250.0)  # sets of mixed seismometers lie in here, and a few traces more must not change what all are seen at
RATES_HZ = (10.0, 20.0, 40.0, USUAL_HZ, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0)


def network_rate_hz(rates_hz: Sequence[float]) -> float:
    """100 Hz where the median of the traces' rates is 50 to 250 Hz, else the nearest of RATES_HZ by ratio. At least one rate is given."""
    median_hz = sorted(rates_hz)[(len(rates_hz) - 1) // 2]
    if AS_USUAL_HZ[0] <= median_hz <= AS_USUAL_HZ[1]:
        return USUAL_HZ
    return min(RATES_HZ, key=lambda rate_hz: abs(math.log(rate_hz / median_hz)))
