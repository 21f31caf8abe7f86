"""Windows out of an SDS archive, held against ObsPy's reading of the same files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from obspy import UTCDateTime, read

from labeling.seismo.formats.sds import ArchiveProblem, Grid, Instrument, SdsArchive, read_pieces
from labeling.seismo.records import FloatArray, Problem, TraceRecord
from tests.sds_archives import DAY, RATE_HZ, write_day

AAA = Instrument("XX", "AAA", "", "HH")
START, END = DAY + timedelta(minutes=20, seconds=3.137), DAY + timedelta(minutes=22)


@pytest.fixture
def sds(tmp_path: Path) -> SdsArchive:
    return SdsArchive("sds", tmp_path.resolve(), tmp_path.resolve())


def records(sds: SdsArchive, start=START, end=END, instrument=AAA) -> list:
    return list(sds.records(instrument, start, end))


def again(sds: SdsArchive, record: TraceRecord, first: int = 0, count: int | None = None) -> FloatArray:
    """The record's samples as they are read from the archive later."""
    n_samples = record.samples.shape[1]
    grid = Grid(record.start_time, record.sampling_rate_hz, n_samples)
    rows = zip(record.channel_codes, record.pieces, strict=True)
    return np.stack([read_pieces(sds.root, pieces, code, grid, first, n_samples if count is None else count) for code, pieces in rows])


def test_a_window_is_what_obspy_reads_and_comes_back_in_place(sds):
    for number, channel in enumerate(("HHZ", "HHN", "HHE")):
        path = write_day(sds.root, channel, seed=number)
    [record] = records(sds)
    assert (record.channel_codes, record.archive, record.location_code) == (("HHZ", "HHN", "HHE"), "sds", "")
    [theirs] = read(str(path), starttime=UTCDateTime(START), endtime=UTCDateTime(END))
    assert record.start_time == theirs.stats.starttime.datetime.replace(tzinfo=START.tzinfo)
    np.testing.assert_array_equal(record.samples[2], theirs.data.astype(np.float32))
    np.testing.assert_array_equal(again(sds, record), record.samples)
    np.testing.assert_array_equal(again(sds, record, 500, 100), record.samples[:, 500:600])
    assert all(piece.end - piece.begin < path.stat().st_size / 10 for pieces in record.pieces for piece in pieces)


def test_beyond_the_trace_there_is_nothing(sds):
    write_day(sds.root)
    [record] = records(sds)
    window = again(sds, record, -10, record.samples.shape[1] + 20)[0]
    assert np.isnan(window[:10]).all()
    assert np.isnan(window[-10:]).all()
    assert not np.isnan(window[10:-10]).any()


def test_a_window_over_midnight_takes_two_files(sds):
    write_day(sds.root, minutes=(-30, 0), seed=1).rename(sds.root / "late")
    other = sds.root / "2020/XX/AAA/HHZ.D/XX.AAA..HHZ.D.2020.137"
    (sds.root / "late").rename(other)
    write_day(sds.root, minutes=(0, 30), seed=2)
    [record] = records(sds, DAY - timedelta(seconds=30), DAY + timedelta(seconds=30))
    assert record.samples.shape == (1, 6001)
    assert len(record.pieces[0]) == 2
    np.testing.assert_array_equal(again(sds, record), record.samples)


def test_a_gap_stays_a_gap(sds):
    write_day(sds.root, minutes=(0, 21))
    write_day(sds.root, minutes=(21.5, 60))
    [record] = records(sds)
    assert np.isnan(record.samples).sum() == pytest.approx(30 * RATE_HZ, abs=2)
    np.testing.assert_array_equal(again(sds, record), record.samples)


def test_files_that_are_not_in_order_are_read_whole_as_far_as_needed(sds):
    write_day(sds.root, minutes=(30, 60))
    write_day(sds.root, minutes=(0, 30))
    [record] = records(sds)
    np.testing.assert_array_equal(again(sds, record), record.samples)


def test_what_is_appended_later_does_not_matter(sds):
    write_day(sds.root, minutes=(0, 30))
    [record] = records(sds)
    write_day(sds.root, minutes=(30, 40), seed=9)
    np.testing.assert_array_equal(again(sds, record), record.samples)


def test_a_changed_file_is_said(sds):
    path = write_day(sds.root)
    [record] = records(sds)
    content = bytearray(path.read_bytes())
    content[record.pieces[0][0].begin + 200] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveProblem, match=r"HHZ.D.2020.138 has changed .*Import the archive again"):
        again(sds, record)


@pytest.mark.parametrize("what", ["deleted", "cut"])
def test_a_vanished_or_cut_file_is_said(sds, what):
    path = write_day(sds.root)
    [record] = records(sds)
    if what == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: record.pieces[0][0].begin + 700])
    with pytest.raises(ArchiveProblem, match="not in the archive any more" if what == "deleted" else "has changed"):
        again(sds, record)


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"not miniSEED at all " * 500, bytes(4096)])
def test_a_file_that_is_no_miniseed_is_a_problem_and_no_crash(sds, content):
    path = write_day(sds.root)
    path.write_bytes(content)
    [problem] = records(sds)
    assert isinstance(problem, Problem)
    assert (problem.code, "Copy it again" in problem.message) == ("archive_unreadable", True)


def test_a_link_out_of_the_archive_is_not_followed(sds, tmp_path_factory):
    path = write_day(sds.root)
    outside = tmp_path_factory.mktemp("outside") / "secret"
    path.rename(outside)
    path.symlink_to(outside)
    [problem] = records(sds)
    assert "leads out of the archive" in problem.message


def test_nothing_there_is_nothing(sds):
    assert records(sds) == []
    write_day(sds.root)
    assert records(sds, DAY + timedelta(hours=5), DAY + timedelta(hours=6)) == []


def test_the_instrument_is_that_of_the_pick_else_the_usual_one(sds):
    for channel in ("LHZ", "BHZ", "HHZ"):
        write_day(sds.root, channel)
    write_day(sds.root, "HHZ", location="10")

    def found(*asked) -> list[tuple[str, str]]:
        return [(one.location_code, one.instrument_code) for one in sds.instruments(*asked, START, END)]

    assert found("XX", "AAA", "", "BHN") == [("", "BH")]
    assert found("XX", "AAA", "", None) == [("", "HH")]
    assert found(None, "AAA", "10", "BHZ") == [("10", "HH")]
    assert found("XX", "AAA", None, None) == [("", "HH"), ("10", "HH")]
    assert found("YY", "AAA", None, None) == []
    assert found("XX", "*", None, None) == []
    assert found("XX", "../AAA", None, None) == []
