"""Rows for tests: plain functions that make what they are asked for, with believable values for the rest.

Each returns the saved row. What a row needs and is not given (a catalog for a trace, a flag set for a flag) is made too.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import User

from labeling.files import waveform_store
from labeling.models import (
    Catalog,
    ChannelEpoch,
    Event,
    Flag,
    FlagSet,
    Membership,
    Pick,
    PickRevision,
    Snapshot,
    SnapshotPick,
    Station,
    Trace,
    Workspace,
)
from labeling.seismo.quality import dead_components, find_gaps
from labeling.seismo.records import FloatArray
from labeling.services.flag_facts import FlagFacts

PASSWORD = "waves-and-picks"
ORIGIN = datetime(2012, 9, 23, 16, 22, 20, tzinfo=UTC)
_numbers = itertools.count(1)


def make_workspace(name: str = "Northern California 2012", **values: Any) -> Workspace:
    slug = values.pop("slug", None) or f"{name.lower().replace(' ', '-')}"
    return Workspace.objects.create(name=name, slug=slug, **values)


def make_user(username: str = "", **values: Any) -> User:
    """A person in no workspace yet; the password is PASSWORD."""
    return User.objects.create_user(username=username or f"person{next(_numbers)}", password=PASSWORD, **values)


def make_member(workspace: Workspace, username: str = "", role: str = Membership.Role.ANALYST) -> User:
    user = make_user(username)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def make_analyst(workspace: Workspace, username: str = "") -> User:
    return make_member(workspace, username, Membership.Role.ANALYST)


def make_admin(workspace: Workspace, username: str = "") -> User:
    return make_member(workspace, username, Membership.Role.ADMIN)


def make_viewer(workspace: Workspace, username: str = "") -> User:
    return make_member(workspace, username, Membership.Role.VIEWER)


def make_catalog(workspace: Workspace, name: str = "NCSN 2012", **values: Any) -> Catalog:
    return Catalog.objects.create(workspace=workspace, name=name, **values)


def make_event(catalog: Catalog, **values: Any) -> Event:
    reference = values.pop("source_ref", f"nc7184{next(_numbers):04d}")
    facts = {"origin_time": ORIGIN, "latitude": 38.82, "longitude": -122.81, "depth_km": 2.4, "magnitude": 1.6, "magnitude_type": "Md"}
    facts.update(values)
    return Event.objects.create(workspace=catalog.workspace, catalog=catalog, source_ref=reference, identity=reference, **facts)


def make_station(workspace: Workspace, station_code: str = "FUM", **values: Any) -> Station:
    facts = {"network_code": "BG", "latitude": 38.79, "longitude": -122.79, "elevation_m": 800.0}
    return Station.objects.create(workspace=workspace, station_code=station_code, **{**facts, **values})


def onset_samples(
    *, n_samples: int = 3000, sampling_rate_hz: float = 100.0, p_s: float = 10.0, s_s: float = 14.0, n_components: int = 3, seed: int = 1
) -> FloatArray:
    """(n_components, n_samples) of noise with a P onset at p_s and a stronger S onset at s_s, in counts."""
    draw = np.random.default_rng(seed)
    time_s = np.arange(n_samples) / sampling_rate_hz
    samples = draw.normal(0.0, 12.0, (n_components, n_samples))
    for onset_s, gains, frequency_hz in ((p_s, (1.0, 0.4, 0.4), 8.0), (s_s, (0.5, 1.6, 1.4), 5.0)):
        since_s = np.clip(time_s - onset_s, 0.0, None)
        envelope = (1 - np.exp(-since_s / 0.05)) * np.exp(-since_s / 2.5)
        for row in range(n_components):
            ripple = np.sin(2 * np.pi * frequency_hz * since_s + row) + 0.6 * np.sin(2 * np.pi * 1.7 * frequency_hz * since_s + 2 * row)
            samples[row] += 600.0 * gains[row % 3] * envelope * ripple
    return samples.astype(np.float32)


def make_trace(
    catalog: Catalog,
    *,
    samples: FloatArray | None = None,
    channel_codes: Sequence[str] = ("HHZ", "HHN", "HHE"),
    start_time: datetime = ORIGIN,
    sampling_rate_hz: float = 100.0,
    **values: Any,
) -> Trace:
    """A trace whose samples lie in the store of the test's data folder. samples: (n_components, n_samples)."""
    if samples is None:
        samples = onset_samples(sampling_rate_hz=sampling_rate_hz, n_components=len(channel_codes))
    with waveform_store().writer() as writer:
        addresses = [writer.append(row) for row in samples]
    dead, gaps = dead_components(samples), find_gaps(samples)
    n_samples = int(samples.shape[1])
    reference = values.pop("source_ref", f"trace{next(_numbers)}")
    facts: dict[str, Any] = {"network_code": "BG", "station_code": "FUM", "location_code": "", "instrument_code": channel_codes[0][:-1]}
    return Trace.objects.create(
        workspace=catalog.workspace,
        catalog=catalog,
        source_ref=reference,
        identity=reference,
        start_time=start_time,
        end_time=start_time + timedelta(seconds=(n_samples - 1) / sampling_rate_hz),
        sampling_rate_hz=sampling_rate_hz,
        n_samples=n_samples,
        channels=[
            {"channel": code, "shard": address.shard, "offset": address.offset, "dead": dead[row], "gaps": [list(gap) for gap in gaps[row]]}
            for row, (code, address) in enumerate(zip(channel_codes, addresses, strict=True))
        ],
        **{**facts, **values},
    )


def make_pick(
    trace: Trace | None = None, *, catalog: Catalog | None = None, offset_s: float = 10.0, phase_hint: str = "P", **values: Any
) -> Pick:
    """A scored pick with its revision 0. offset_s: seconds after the trace's start (or after ORIGIN without a trace)."""
    home = trace.catalog if trace is not None else catalog
    if home is None:
        raise TypeError("make_pick needs a trace or a catalog")
    reference = values.pop("source_ref", f"pick{next(_numbers)}")
    begin = trace.start_time if trace is not None else ORIGIN
    facts: dict[str, Any] = {
        "network_code": trace.network_code if trace is not None else "BG",
        "station_code": trace.station_code if trace is not None else "FUM",
        "location_code": trace.location_code if trace is not None else "",
        "channel_code": trace.channel_codes[0] if trace is not None else None,
        "event": trace.event if trace is not None else None,
        "time": begin + timedelta(seconds=offset_s),
        "time_is_relative": trace.time_is_relative if trace is not None else False,
        "uncertainty_s": 0.05,
        "weight": 1,
        "evaluation_mode": "manual",
        "agency_id": "NCSN",
        "author": "jdh",
        "state": Pick.State.SCORED if trace is not None else Pick.State.UNSCORED,
        "unscored_reason": "" if trace is not None else "no_waveform",
        "unscored_message": "" if trace is not None else "No trace covers this time.",
    }
    pick = Pick.objects.create(
        workspace=home.workspace,
        catalog=home,
        trace=trace,
        source_ref=reference,
        identity=reference,
        phase_hint=phase_hint,
        **{**facts, **values},
    )
    PickRevision.objects.create(pick=pick, number=0, **{name: getattr(pick, name) for name in PickRevision.LABEL})
    return pick


def make_snapshot(workspace: Workspace, picks: Sequence[Pick] = (), **values: Any) -> Snapshot:
    number = values.pop("number", 1 + workspace.snapshots.count())
    snapshot = Snapshot.objects.create(
        workspace=workspace, number=number, content_hash=f"{number:064x}", n_picks=len(picks), parent=workspace.snapshots.first(), **values
    )
    for pick in picks:
        SnapshotPick.objects.create(snapshot=snapshot, pick=pick, revision=pick.revisions.get(number=pick.revision))
    return snapshot


def make_flag_set(workspace: Workspace, *, is_current: bool = True, **values: Any) -> FlagSet:
    run_id = values.pop("run_id", next(_numbers))
    facts: dict[str, Any] = {
        "run_name": f"run {run_id}",
        "provenance": {"seed": 0, "configuration": {"objective": "lancor"}},
        "calibration": {
            "rows": [
                {"threshold": 0.3, "n_flagged": 40, "n_errors_expected": 22.0, "planted_found": 0.97, "planted_found_by_kind": {}},
                {"threshold": 0.5, "n_flagged": 24, "n_errors_expected": 18.0, "planted_found": 0.91, "planted_found_by_kind": {}},
                {"threshold": 0.9, "n_flagged": 9, "n_errors_expected": 8.6, "planted_found": 0.55, "planted_found_by_kind": {}},
            ],
            "error_rate": 0.08,
            "n_errors_expected": 24.0,
            "threshold": 0.5,
        },
        "posterior_offsets_s": [-2.0, 0.02, 201],
    }
    if is_current:
        workspace.flag_sets.filter(is_current=True).update(is_current=False)
    snapshot = values.pop("snapshot", None) or make_snapshot(workspace)
    return FlagSet.objects.create(workspace=workspace, run_id=run_id, snapshot=snapshot, is_current=is_current, **{**facts, **values})


def bump_posterior(flag_set: FlagSet, at_s: float | None, width_s: float = 0.06) -> bytes:
    """float16 bytes of a posterior with one bump at at_s after the label, or flat where at_s is None."""
    first, step, count = flag_set.posterior_offsets_s
    offsets_s = first + step * np.arange(int(count))
    mass = np.full(int(count), 0.2 / int(count)) if at_s is None else np.exp(-0.5 * ((offsets_s - at_s) / width_s) ** 2)
    if at_s is not None:
        mass = 0.95 * mass / mass.sum()
    return mass.astype("<f2").tobytes()


def make_flag(
    pick: Pick,
    *,
    flag_set: FlagSet | None = None,
    p_mislabelled: float = 0.9,
    shift_s: float | None = -0.62,
    half_width_s: float = 0.05,
    kind: str = Flag.Kind.TIMING,
    **values: Any,
) -> Flag:
    """A flag on the pick's present label. shift_s: proposed − given; None for a withheld proposal."""
    if flag_set is None:
        flag_set = pick.workspace.flag_sets.filter(is_current=True).first() or make_flag_set(pick.workspace)
    proposed = None if shift_s is None else pick.time + timedelta(seconds=shift_s)
    half = timedelta(seconds=half_width_s)
    sentence = "No arrival seen near this label."
    if shift_s is not None:
        sentence = f"Arrival seen {abs(shift_s):.2f} s {'earlier' if shift_s < 0 else 'later'} than the label."
    facts: dict[str, Any] = {
        "sentence": sentence,
        "p_mislabelled_without_alignment": max(0.0, p_mislabelled - 0.04),
        "evidence": {
            "feature_kl": 4.1,
            "feature_cosine": 0.23,
            "time_contrast": 3.4,
            "neg_log_label_density": 6.2,
            "p_gross_error": 0.97,
            "snr_db": 24.0,
            "network_agreement_s": 0.03,
        },
        "proposed_phase": pick.phase if proposed else "",
        "posterior": bump_posterior(flag_set, shift_s),
    }
    flag = Flag(
        workspace=pick.workspace,
        flag_set=flag_set,
        pick=pick,
        label_time=pick.time,
        label_phase=pick.phase,
        p_mislabelled=p_mislabelled,
        kind=kind,
        proposed_time=proposed,
        proposed_lower=proposed - half if proposed else None,
        proposed_upper=proposed + half if proposed else None,
        **{**facts, **values},
    )
    FlagFacts(pick.workspace).fill([flag])
    flag.save()
    return flag


def make_channels(trace: Trace, *, sensitivity: float | None = 1e9, azimuth_deg: float = 0.0, **values: Any) -> None:
    """What an inventory says of a trace's components. azimuth_deg: of its N or 1; the next points 90 degrees clockwise of it."""
    for row, code in enumerate(trace.channel_codes):
        horizontal = {"azimuth_deg": (azimuth_deg + 90.0 * (row - 1)) % 360.0, "dip_deg": 0.0}
        ChannelEpoch.objects.create(
            workspace=trace.workspace,
            network_code=trace.network_code,
            station_code=trace.station_code,
            channel_code=code,
            sensitivity=sensitivity,
            response=zlib.compress(f'<Channel xmlns="http://www.fdsn.org/xml/station/1" code="{code}"/>'.encode()),
            **{
                "location_code": trace.location_code or "",
                "sensitivity_hz": 1.0,
                "input_unit": "M/S",
                **({"azimuth_deg": 0.0, "dip_deg": -90.0} if row == 0 else horizontal),
                **values,
            },
        )
