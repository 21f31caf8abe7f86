from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from labeling import waveform_store
from labeling.waveform_store import Address, OriginalFiles, StoreProblem, WaveformStore


class TooLarge(Exception):
    pass


@pytest.fixture
def store(tmp_path: Path) -> WaveformStore:
    return WaveformStore(tmp_path)


def ramp(n_samples: int, first: float = 0.0) -> np.ndarray:
    return (first + np.arange(n_samples)).astype(np.float32)


def test_samples_come_back_as_they_were_written(store: WaveformStore):
    with store.writer() as writer:
        first, second = writer.append(ramp(100)), writer.append(ramp(50, first=1000))
    np.testing.assert_array_equal(store.read(first), ramp(100))
    np.testing.assert_array_equal(store.read(second), ramp(50, first=1000))


def test_a_window_holds_its_own_samples_only(store: WaveformStore):
    with store.writer() as writer:
        writer.append(ramp(100, first=-500))
        address = writer.append(ramp(100))
    np.testing.assert_array_equal(store.read(address, 20, 5), [20, 21, 22, 23, 24])


@pytest.mark.parametrize(("start", "n_samples"), [(-3, 6), (97, 6), (-2, 104), (-10, 5), (200, 4)])
def test_a_window_that_leaves_the_trace_is_nan_there(store: WaveformStore, start: int, n_samples: int):
    with store.writer() as writer:
        writer.append(ramp(100, first=-500))
        address = writer.append(ramp(100))
        writer.append(ramp(100, first=5000))
    expected = [float(index) if 0 <= index < 100 else np.nan for index in range(start, start + n_samples)]
    np.testing.assert_array_equal(store.read(address, start, n_samples), expected)


def test_gaps_stay_gaps(store: WaveformStore):
    samples = ramp(10)
    samples[3:6] = np.nan
    with store.writer() as writer:
        address = writer.append(samples)
    np.testing.assert_array_equal(store.read(address), samples)


def test_a_window_is_a_copy_that_may_be_written_to(store: WaveformStore):
    with store.writer() as writer:
        address = writer.append(ramp(10))
    store.read(address)[:] = -1
    np.testing.assert_array_equal(store.read(address), ramp(10))


def test_components_are_read_as_rows_of_one_array(store: WaveformStore):
    with store.writer() as writer:
        addresses = [writer.append(ramp(20, first=100 * row)) for row in range(3)]
    assert store.read_many(addresses, 5, 4).tolist() == [[100 * row + 5 + k for k in range(4)] for row in range(3)]


def test_whole_components_are_read_in_their_order_wherever_they_lie(store: WaveformStore):
    made = [np.random.default_rng(seed).normal(size=500).astype(np.float32) for seed in range(4)]
    with store.writer() as writer:
        first, second = writer.append(made[0]), writer.append(made[1])
    with store.writer() as writer:
        third, fourth = writer.append(made[2]), writer.append(made[3])
    for order in ((first, second), (second, first), (first, second, third), (fourth, second, third)):
        assert np.array_equal(store.read_whole(order), np.stack([made[(first, second, third, fourth).index(one)] for one in order]))


def test_whole_components_of_no_sample_are_empty(store: WaveformStore):
    with store.writer() as writer:
        writer.append(np.ones(3))
        address = writer.append(np.empty(0))
    assert store.read_whole([address, address]).shape == (2, 0)


def test_a_shard_that_goes_or_is_cut_is_missed_when_it_is_read_whole(store: WaveformStore):
    with store.writer() as writer:
        address = writer.append(np.ones(500))
    store.read_whole([address])
    path = store.folder / "shards" / f"{address.shard}.f32"
    with path.open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(StoreProblem, match=r"is cut short \(1000 of 2000 bytes\)"):
        store.read_whole([address])
    path.unlink()
    with pytest.raises(StoreProblem, match="is not in the data folder"):
        store.read_whole([address])


def test_a_flushed_shard_can_be_read_while_it_still_grows(store: WaveformStore):
    writer = store.writer()
    first = writer.append(ramp(10))
    writer.flush()
    np.testing.assert_array_equal(store.read(first), ramp(10))
    second = writer.append(ramp(10, first=70))
    writer.close()
    np.testing.assert_array_equal(store.read(second), ramp(10, first=70))
    np.testing.assert_array_equal(store.read(first), ramp(10))


def test_two_writers_never_share_a_shard(store: WaveformStore):
    with store.writer() as one, store.writer() as other:
        a, b = one.append(ramp(10)), other.append(ramp(10, first=50))
    assert a.shard != b.shard
    np.testing.assert_array_equal(store.read(a), ramp(10))
    np.testing.assert_array_equal(store.read(b), ramp(10, first=50))


def test_a_full_shard_is_followed_by_a_new_one(store: WaveformStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waveform_store, "SHARD_BYTES", 100)
    with store.writer() as writer:
        addresses = [writer.append(ramp(30, first=100 * number)) for number in range(4)]
    assert len({address.shard for address in addresses}) > 1
    for number, address in enumerate(addresses):
        np.testing.assert_array_equal(store.read(address), ramp(30, first=100 * number))


def test_a_shard_that_is_gone_is_named_with_what_to_do(store: WaveformStore):
    with pytest.raises(StoreProblem, match=r"shard feed .*Restore it from the backup"):
        store.read(Address("feed", 0, 10))


def test_a_shard_that_is_cut_short_is_named(store: WaveformStore, tmp_path: Path):
    with store.writer() as writer:
        address = writer.append(ramp(100))
    shard = tmp_path / "shards" / f"{address.shard}.f32"
    shard.write_bytes(shard.read_bytes()[:200])
    with pytest.raises(StoreProblem, match="cut short"):
        store.read(address)


def test_a_window_of_a_negative_length_is_refused(store: WaveformStore):
    with store.writer() as writer:
        address = writer.append(ramp(10))
    with pytest.raises(StoreProblem, match="-5 samples"):
        store.read(address, 0, -5)


def add(files: OriginalFiles, content: bytes, max_bytes: int = 1000) -> tuple[str, int]:
    with files.receive([content[:3], content[3:]], max_bytes=max_bytes, refuse=lambda size: TooLarge(str(size))) as received:
        received.keep()
    return received.sha256, received.size_bytes


def test_an_original_is_kept_under_its_sha256(tmp_path: Path):
    files = OriginalFiles(tmp_path)
    sha256, size = add(files, b"a catalog")
    assert (sha256, size) == (hashlib.sha256(b"a catalog").hexdigest(), 9)
    assert files.path_of(sha256).read_bytes() == b"a catalog"


def test_the_same_content_is_stored_once(tmp_path: Path):
    files = OriginalFiles(tmp_path)
    assert add(files, b"a catalog") == add(files, b"a catalog")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_that_is_too_large_leaves_nothing_behind(tmp_path: Path):
    files = OriginalFiles(tmp_path)
    with pytest.raises(TooLarge):
        add(files, b"a catalog that is too long", max_bytes=10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_upload_that_breaks_off_leaves_nothing_behind(tmp_path: Path):
    def chunks():
        yield b"half of "
        raise ConnectionError

    files = OriginalFiles(tmp_path)
    with pytest.raises(ConnectionError), files.receive(chunks(), max_bytes=1000, refuse=lambda size: TooLarge(str(size))):
        pytest.fail("it has not come in whole")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_is_not_kept_leaves_nothing_behind(tmp_path: Path):
    with OriginalFiles(tmp_path).receive([b"a catalog"], max_bytes=1000, refuse=lambda size: TooLarge(str(size))):
        pass
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_original_is_laid_out_under_its_own_name(tmp_path: Path):
    files = OriginalFiles(tmp_path)
    sha256, _ = add(files, b"a catalog")
    files.copy_out(sha256, tmp_path / "work" / "REA" / "catalog.xml")
    assert (tmp_path / "work" / "REA" / "catalog.xml").read_bytes() == b"a catalog"
