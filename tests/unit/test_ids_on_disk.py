"""Ids are told apart exactly, however many."""

from __future__ import annotations

from labeling.seismo.formats.ids_on_disk import IdsOnDisk


def test_an_id_is_new_once_and_then_known_with_its_first_content() -> None:
    ids = IdsOnDisk()
    assert ids.add("smi:a/1", -7) is None
    assert ids.add("smi:a/1", 8) == -7
    assert ids.add("SMI:a/1") is None


def test_other_contents_of_one_id_are_counted() -> None:
    ids = IdsOnDisk()
    ids.add("a", 1)
    assert [ids.count_other("a"), ids.count_other("a")] == [1, 2]


def test_two_files_know_nothing_of_each_other() -> None:
    first, second = IdsOnDisk(), IdsOnDisk()
    first.add("a")
    assert second.add("a") is None


def test_hashes_of_either_sign_and_any_text_are_kept() -> None:
    ids = IdsOnDisk()
    for name, content in (("", 2**63 - 1), ("雷\x00x", -(2**63)), ("a'b", 0)):
        assert ids.add(name, content) is None
        assert ids.add(name) == content
