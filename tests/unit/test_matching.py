"""Which trace a pick belongs to."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from labeling.seismo.components import duration_s
from labeling.seismo.formats.read_nordic import read_nordic
from labeling.seismo.formats.read_waveforms import read_waveforms
from labeling.seismo.matching import Match, TraceSpan, Unmatched, match_pick
from labeling.seismo.records import PickRecord, TraceRecord
from labeling.seismo.timing import add_seconds

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def span(key: str, channels: str = "HHZ HHN HHE", start_s: float = -60, end_s: float = 60, **changes: Any) -> TraceSpan:
    codes = tuple(channels.split())
    fields: dict[str, Any] = {"network_code": "NZ", "station_code": "WEL", "location_code": "10", "sampling_rate_hz": 100.0, **changes}
    return TraceSpan(
        key=key,
        instrument_code=codes[0][:-1],
        channel_codes=codes,
        start_time=NOON + timedelta(seconds=start_s),
        end_time=NOON + timedelta(seconds=end_s),
        **fields,
    )


def pick(**codes: Any) -> PickRecord:
    return PickRecord("p", NOON, "P", **{"station_code": "WEL", **codes})


def matched(wanted: PickRecord, *spans: TraceSpan) -> int | str:
    result = match_pick(wanted, spans)
    assert isinstance(result, Match), result
    return result.span.key


def refused(wanted: PickRecord, *spans: TraceSpan) -> str:
    result = match_pick(wanted, spans)
    assert isinstance(result, Unmatched), result
    assert result.message.startswith(("NZ.", "XX.", "WEL", "KHZ"))
    assert result.message.endswith(".")
    return result.reason


def test_a_missing_network_matches_if_only_one_has_the_station() -> None:
    assert matched(pick(), span("a")) == "a"
    assert refused(pick(), span("a"), span("b", network_code="XX")) == "ambiguous_network"
    assert matched(pick(network_code="NZ"), span("a"), span("b", network_code="XX")) == "a"
    assert refused(pick(network_code="XX"), span("a")) == "unknown_station"


def test_a_missing_location_matches_if_only_one_fits() -> None:
    assert matched(pick(), span("a")) == "a"
    assert refused(pick(), span("a"), span("b", location_code="20")) == "ambiguous_location"
    assert matched(pick(location_code="20"), span("a"), span("b", location_code="20")) == "b"
    assert matched(pick(channel_code="BHZ"), span("a"), span("b", "BHZ BHN BHE", location_code="20")) == "b"


def test_an_empty_location_is_not_a_missing_one() -> None:
    assert refused(pick(location_code=""), span("a")) == "no_waveform"
    assert matched(pick(location_code=""), span("a"), span("b", location_code="")) == "b"
    assert matched(pick(location_code="10"), span("sac", location_code=None)) == "sac"


def test_the_pick_names_band_and_instrument_or_the_first_of_the_list_is_taken() -> None:
    spans = span("hn", "HNZ HNN HNE"), span("eh", "EHZ EH1 EH2"), span("bh", "BHZ")
    assert matched(pick(), *spans) == "eh"
    assert matched(pick(channel_code="BHZ"), *spans) == "bh"
    assert matched(pick(channel_code="BH"), *spans) == "bh"
    assert refused(pick(channel_code="HHZ"), *spans) == "no_waveform"


def test_two_unlisted_instruments_are_ambiguous() -> None:
    assert refused(pick(), span("a", "CNZ"), span("b", "GNZ")) == "ambiguous_instrument"


def test_two_letters_of_nordic_are_the_first_and_the_last_of_a_code() -> None:
    spans = span("hh"), span("sh", "SHZ SH1 SH2")
    assert matched(pick(channel_code="HN"), *spans) == "hh"
    assert matched(pick(channel_code="SZ"), *spans) == "sh"
    assert matched(pick(channel_code="S2"), span("zne", "SHZ SHN SHE"), span("312", "SH3 SH1 SH2")) == "312"
    assert matched(pick(channel_code="N"), *spans) == "hh"


def test_a_letter_of_nordic_that_no_trace_has_is_read_generously_and_remarked() -> None:
    result = match_pick(pick(channel_code="SZ"), [span("eh", "EHZ EH1 EH2")])
    assert isinstance(result, Match)
    assert "no such channel" in result.remark


def test_a_pick_off_the_trace_says_by_how_much() -> None:
    result = match_pick(pick(network_code="NZ"), [span("a", start_s=1.5)])
    assert isinstance(result, Unmatched)
    assert result.reason == "outside_trace"
    assert "1.50 s before" in result.message
    assert refused(pick(), span("a", start_s=5000, end_s=6000)) == "no_waveform"
    assert refused(pick(station_code="KHZ"), span("a")) == "unknown_station"


def test_a_pick_in_a_gap_of_all_components_has_no_trace() -> None:
    hole = [(5900, 6100)]
    assert refused(pick(), span("a", gaps=dict.fromkeys(("HHZ", "HHN", "HHE"), hole))) == "in_gap"
    assert matched(pick(), span("a", gaps={"HHZ": hole})) == "a"
    assert matched(pick(), span("a", gaps=dict.fromkeys(("HHZ", "HHN", "HHE"), hole)), span("b", start_s=-1)) == "b"


def test_a_trace_that_never_moves_is_none() -> None:
    assert refused(pick(), span("a", dead_channel_codes=("HHZ", "HHN", "HHE"))) == "dead_component"
    result = match_pick(pick(channel_code="HHZ"), [span("a", dead_channel_codes=("HHZ",))])
    assert isinstance(result, Match)
    assert "HHZ never moves" in result.remark


def test_of_two_recordings_the_named_file_and_then_the_wider_margin_wins() -> None:
    near, wide = span("near", start_s=-2, source_file="up.zip/WAV/one"), span("wide", source_file="up.zip/WAV/two")
    assert matched(pick(), near, wide) == "wide"
    assert matched(pick(waveform_files=("one",)), near, wide) == "near"
    assert matched(pick(waveform_files=("gone",)), near, wide) == "wide"
    assert matched(pick(location_code="20", waveform_files=("one",)), near, span("other", location_code="20")) == "other"


def test_of_the_real_set_all_but_5_picks_find_their_trace_in_the_named_file(shared_data: Path) -> None:
    folder = shared_data / "nz_southern_alps"
    spans: dict[str, list[TraceSpan]] = defaultdict(list)
    for path in sorted((folder / "WAV" / "TEST_").iterdir()):
        for trace in read_waveforms(path, place=path.name):
            if isinstance(trace, TraceRecord):
                end_time = add_seconds(trace.start_time, duration_s(trace))
                spans[trace.station_code].append(
                    TraceSpan(
                        key=trace.source_ref,
                        network_code=trace.network_code,
                        station_code=trace.station_code,
                        location_code=trace.location_code,
                        instrument_code=trace.instrument_code,
                        channel_codes=trace.channel_codes,
                        start_time=trace.start_time,
                        end_time=end_time,
                        sampling_rate_hz=trace.sampling_rate_hz,
                        source_file=path.name,
                    )
                )
    picks = [p for path in (folder / "REA" / "TEST_").iterdir() for p in read_nordic(path, place=path.name) if isinstance(p, PickRecord)]
    results = [(p, match_pick(p, spans[p.station_code])) for p in picks]
    assert len(results) == 447
    assert [result.reason for _, result in results if isinstance(result, Unmatched)] == ["no_waveform"] * 5
    assert all(result.span.source_file in p.waveform_files for p, result in results if isinstance(result, Match))
