"""Waveforms on their way to a browser: a small header, then raw float32.

    bytes 0–3      the letters RPK1
    bytes 4–7      length of the header in bytes, unsigned 32 bit, little-endian; a multiple of 4
    header         JSON in UTF-8, padded with spaces
    then           float32, little-endian, one component after the other, NaN in gaps

The header holds `start_s` (time of the first sample, in seconds after the trace's first), `sampling_rate_hz`, `bin_samples` (1: the samples
as they are; more: pairs of the least and the greatest of so many samples), `points` (float32 values of each component), `filter`,
`passes_hz` (what that lets through at this rate; the upper corner is null where it lies near the Nyquist frequency or above) and
`components` (`[{"channel": "HHZ", "dead": false}]`).
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from labeling.seismo.records import FloatArray

MAGIC = b"RPK1"
MEDIA_TYPE = "application/vnd.repick.waveform"


def pack(header: dict[str, Any], samples: FloatArray) -> bytes:
    """The bytes of one answer. samples: (n_components, points)."""
    text = json.dumps(header | {"points": int(samples.shape[1])}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + np.ascontiguousarray(samples, dtype="<f4").tobytes()


def unpack(packet: bytes) -> tuple[dict[str, Any], FloatArray]:
    """Header and (n_components, points) samples. Raises ValueError for bytes that are no such packet."""
    if packet[:4] != MAGIC:
        raise ValueError("These bytes do not begin with RPK1, so they are no waveform packet.")
    (length,) = struct.unpack_from("<I", packet, 4)
    header = json.loads(packet[8 : 8 + length])
    samples = np.frombuffer(packet, dtype="<f4", offset=8 + length)
    return header, samples.reshape(len(header["components"]), header["points"])
