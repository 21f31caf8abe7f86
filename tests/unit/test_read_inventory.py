"""Channels of inventories: StationXML, dataless SEED, SeisComP."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import obspy
import pytest

from labeling.seismo.formats.recognise import read, recognise
from labeling.seismo.formats.write_stationxml import channel_document
from labeling.seismo.records import ChannelRecord, Problem, StationRecord

IO = Path(obspy.__file__).parent / "io"


def channels_of(path: Path) -> list[ChannelRecord]:
    return [record for record in read(path, place="inventory") if isinstance(record, ChannelRecord)]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("stationxml/tests/data/full_random_stationxml.xml", "stationxml"),
        ("xseed/tests/data/dataless.seed.BW_RJOB", "dataless"),
        ("seiscomp/tests/data/EB_response_sc3ml", "scml"),
    ],
)
def test_channels_are_those_that_obspy_reads(name, form):
    assert recognise(IO / name) == form
    expected = [(n.code, s.code, c) for n in obspy.read_inventory(str(IO / name)) for s in n for c in s]
    found = channels_of(IO / name)
    assert len(found) == len(expected) > 0
    for ours, (network, station, theirs) in zip(found, expected, strict=True):
        stated = theirs.response and theirs.response.instrument_sensitivity
        assert (ours.network_code, ours.station_code, ours.location_code, ours.channel_code) == (
            network, station, theirs.location_code, theirs.code
        )  # fmt: skip
        assert (ours.azimuth_deg, ours.dip_deg) == (theirs.azimuth, theirs.dip)
        assert (ours.sensitivity, ours.input_unit) == ((stated.value, stated.input_units) if stated else (None, ""))


def test_a_stored_channel_comes_back_with_its_full_response():
    channel = channels_of(IO / "xseed/tests/data/dataless.seed.BW_RJOB")[0]
    document = channel_document(channel.response, network_code="BW", station_code="RJOB")
    again = obspy.read_inventory(io.BytesIO(document), format="STATIONXML")[0][0][0]
    before = obspy.read_inventory(str(IO / "xseed/tests/data/dataless.seed.BW_RJOB"))[0][0][0]
    assert len(again.response.response_stages) == len(before.response.response_stages)
    assert again.response.get_paz().poles == before.response.get_paz().poles


def test_a_cut_off_dataless_is_a_problem_and_no_crash(tmp_path):
    whole = (IO / "xseed/tests/data/dataless.seed.BW_RJOB").read_bytes()
    for length in (64, 5000, len(whole) // 2):
        (tmp_path / "cut").write_bytes(whole[:length])
        for record in read(tmp_path / "cut", place="cut", form="dataless"):
            assert isinstance(record, Problem | StationRecord | ChannelRecord)


def test_a_channel_with_a_bad_number_is_reported_and_its_station_kept(tmp_path):
    (tmp_path / "s.xml").write_text(
        '<FDSNStationXML><Network code="NZ"><Station code="WEL"><Latitude>-41.3</Latitude>\n'
        '<Channel code="HHZ" locationCode="10"><Azimuth>north</Azimuth></Channel>\n'
        '<Channel code="HHN" locationCode="--"><Azimuth>0</Azimuth></Channel></Station></Network></FDSNStationXML>'
    )
    station, problem, channel = read(tmp_path / "s.xml", place="s.xml")
    assert isinstance(station, StationRecord)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.place, problem.severity) == ("unreadable_channel", "s.xml:2", "warning")
    assert isinstance(channel, ChannelRecord)
    assert (channel.location_code, channel.azimuth_deg, channel.sensitivity) == ("", 0.0, None)
    assert b"HHN" in zlib.decompress(channel.response)
