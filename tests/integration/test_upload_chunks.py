"""Large files in chunks: lost connections, damage, hostile headers, two at once; and nothing half-written is taken for whole."""

from __future__ import annotations

import hashlib
import zlib
from urllib.parse import quote

import pytest

from labeling.files import original_files
from labeling.models import Import, PartialFile, SourceFile
from labeling.services.refusals import Conflict, Refused
from labeling.services.upload_chunks import Chunk, add_chunk, received_so_far
from labeling.services.uploads import begin_import, start_import
from tests.integration.api import ROOT, client_of

pytestmark = pytest.mark.django_db
CONTENT = b"station_code,network_code,phase,time\nFUM,BG,P,2012-09-23T16:22:30Z\n"
SIZE = len(CONTENT)
NAME = "REA/Süd.csv"


@pytest.fixture
def address(workspace, analyst):
    imports = f"{ROOT}/workspaces/{workspace.slug}/imports/"
    return f"{imports}{client_of(analyst).post(imports).json()['id']}/"


@pytest.fixture
def source_import(workspace):
    return begin_import(workspace=workspace, name="upload", by=None)


def post(client, address, offset, content, **headers):
    told = {
        "X-File-Name": quote(NAME),
        "X-File-Size": str(SIZE),
        "X-Chunk-Offset": str(offset),
        "X-Chunk-CRC32": f"{zlib.crc32(content):08x}",
    }
    length = str(len(content))  # Django's client gives an empty body none
    headers = {**told, **headers}
    return client.generic(
        "POST", f"{address}chunks/", content, content_type="application/octet-stream", headers=headers, CONTENT_LENGTH=length
    )


def ask(client, address, name=NAME, size=SIZE):
    answer = client.get(f"{address}chunks/", {"name": name, "size_bytes": size}).json()
    return answer["results"][0] if "results" in answer else answer


def files_in_the_store() -> list[bytes]:
    return [path.read_bytes() for path in original_files().folder.rglob("*") if path.is_file()]


def test_a_file_in_chunks_is_the_file_that_was_sent(address, analyst):
    client = client_of(analyst)
    assert ask(client, address)["received_bytes"] == 0
    first = post(client, address, 0, CONTENT[:30])
    assert (first.status_code, first.json()["received_bytes"], first.json()["is_whole"]) == (200, 30, False)
    last = post(client, address, 30, CONTENT[30:], **{"X-File-SHA256": hashlib.sha256(CONTENT).hexdigest()})
    assert (last.status_code, last.json()["is_whole"], last.json()["sha256"]) == (201, True, hashlib.sha256(CONTENT).hexdigest())
    file = SourceFile.objects.get()
    assert (file.name, file.size_bytes, original_files().path_of(file.sha256).read_bytes()) == (NAME, SIZE, CONTENT)
    assert not PartialFile.objects.exists()
    assert files_in_the_store() == [CONTENT]


def test_after_a_lost_connection_the_server_says_how_much_it_has(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT[:30])
    here = ask(client, address)
    assert (here["received_bytes"], here["crc32"]) == (30, f"{zlib.crc32(CONTENT[:30]):08x}")
    assert client.get(f"{address}chunks/").json()["results"] == [here]
    again = post(client, address, 0, CONTENT[:30])
    assert (again.status_code, again.json()["code"]) == (409, "wrong_offset")
    assert again.json()["fields"]["received_bytes"] == 30
    assert post(client, address, 31, CONTENT[31:]).json()["code"] == "wrong_offset"
    assert post(client, address, 30, CONTENT[30:]).status_code == 201


def test_the_last_chunk_sent_twice_makes_one_file(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT[:30])
    for _ in range(2):
        assert post(client, address, 30, CONTENT[30:]).status_code == 201
    assert post(client, address, SIZE, b"").status_code == 201
    assert SourceFile.objects.count() == 1


def test_a_chunk_that_was_damaged_on_its_way_is_not_stored(address, analyst):
    client = client_of(analyst)
    answer = post(client, address, 0, CONTENT[:30], **{"X-Chunk-CRC32": "00000000"})
    assert (answer.status_code, answer.json()["code"]) == (400, "chunk_damaged")
    assert ask(client, address)["received_bytes"] == 0


def test_a_file_with_another_checksum_than_told_is_taken_away(address, analyst):
    client = client_of(analyst)
    answer = post(client, address, 0, CONTENT, **{"X-File-SHA256": "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (400, "file_damaged")
    assert files_in_the_store() == []
    assert post(client, address, 0, CONTENT).status_code == 201


def test_what_was_damaged_on_the_disk_is_not_taken_for_the_file(source_import):
    add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 0, CONTENT[:30]))
    part = PartialFile.objects.get()
    original_files().append(part.stored_as, 3, b"\0")
    with pytest.raises(Refused, match="not what was received.*send the file again"):
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 30, CONTENT[30:]))
    assert not SourceFile.objects.exists()
    assert files_in_the_store() == []


def test_what_has_vanished_from_the_disk_is_said(source_import):
    add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 0, CONTENT[:30]))
    original_files().forget(PartialFile.objects.get().stored_as)
    with pytest.raises(Refused, match="not what was received"):
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 30, CONTENT[30:]))


def test_bytes_beyond_what_counts_are_overwritten_and_cut(source_import):
    """A chunk that was written when the server died, and whose row was not."""
    add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 0, CONTENT[:30]))
    original_files().append(PartialFile.objects.get().stored_as, 30, b"x" * 500)
    file = add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 30, CONTENT[30:])).file
    assert file is not None
    assert original_files().path_of(file.sha256).read_bytes() == CONTENT


def test_two_that_send_one_file_at_once_make_it_together(source_import):
    for sender in (0, 1):
        offset = received_so_far(source_import=source_import, name="a.csv", size_bytes=SIZE).received_bytes
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, offset, CONTENT[offset : offset + 30]))
        if sender == 0:
            with pytest.raises(Conflict):
                add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 0, CONTENT[:30]))
    assert received_so_far(source_import=source_import, name="a.csv", size_bytes=SIZE).received_bytes == 60


def test_part_of_another_file_of_the_name_is_not_mixed_in(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT[:30])
    answer = post(client, address, 0, b"x" * 10, **{"X-File-Size": "99"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert ask(client, address, size=99)["code"] == "name_taken"
    assert client.delete(f"{address}chunks/?name={quote(NAME)}").status_code == 204
    assert ask(client, address, size=99)["received_bytes"] == 0
    assert files_in_the_store() == []


def test_a_file_of_the_name_that_is_whole_is_not_replaced(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT)
    other = CONTENT.replace(b"FUM", b"LTC")
    answer = post(client, address, 0, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert [file.sha256 for file in SourceFile.objects.all()] == [hashlib.sha256(CONTENT).hexdigest()]
    assert ask(client, address)["crc32"] == f"{zlib.crc32(CONTENT):08x}"


def test_an_import_does_not_start_while_a_file_is_half_here(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT[:30])
    answer = client.post(f"{address}start/")
    assert (answer.status_code, answer.json()["code"]) == (409, "file_incomplete")
    assert "30 of" in answer.json()["message"]


def test_a_cancelled_import_leaves_no_half_file(address, analyst):
    client = client_of(analyst)
    post(client, address, 0, CONTENT[:30])
    client.post(f"{address}cancel/")
    assert files_in_the_store() == []
    assert post(client, address, 30, CONTENT[30:]).json()["code"] == "already_started"


def test_an_import_that_started_takes_no_chunk(source_import):
    add_chunk(source_import=source_import, chunk=Chunk("a.csv", SIZE, 0, CONTENT))
    start_import(source_import=source_import, send=False)
    with pytest.raises(Conflict, match="started already"):
        add_chunk(source_import=Import.objects.get(), chunk=Chunk("b.csv", SIZE, 0, CONTENT))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-File-Name": "..%2F..%2Fetc%2Fpasswd"}, "bad_file_name"),
        ({"X-File-Name": "a%00b"}, "bad_file_name"),
        ({"X-File-Name": ""}, "bad_file_name"),
        ({"X-File-Size": "-1"}, "invalid"),
        ({"X-File-Size": "9" * 30}, "invalid"),
        ({"X-File-Size": str(10**15)}, "file_too_large"),
        ({"X-File-Size": "3"}, "beyond_the_end"),
        ({"X-Chunk-Offset": "three"}, "invalid"),
        ({"X-Chunk-Offset": str(SIZE)}, "beyond_the_end"),
        ({"X-Chunk-CRC32": "xyz"}, "invalid"),
        ({"X-File-SHA256": "12"}, "invalid"),
    ],
)
def test_headers_that_make_no_sense_are_refused(headers, code, address, analyst):
    answer = post(client_of(analyst), address, 0, CONTENT, **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not PartialFile.objects.exists()


def test_a_chunk_that_would_fill_the_memory_is_refused_before_it_is_read(address, analyst):
    client = client_of(analyst)
    headers = {"X-File-Name": "a", "X-File-Size": "99999999", "X-Chunk-Offset": "0"}
    answer = client.generic("POST", f"{address}chunks/", b"x", content_type="a/b", headers=headers, CONTENT_LENGTH=str(1 << 30))
    assert (answer.status_code, answer.json()["code"]) == (400, "chunk_too_large")


def test_a_file_that_the_disk_has_no_room_for_is_refused_at_its_first_chunk(source_import, settings):
    settings.UPLOAD_MAX_FILE_BYTES = 1 << 60
    with pytest.raises(Refused, match="has room for"):
        add_chunk(source_import=source_import, chunk=Chunk("a.csv", 1 << 59, 0, CONTENT))


def test_a_viewer_can_not_send_chunks(address, viewer):
    assert post(client_of(viewer), address, 0, CONTENT).status_code == 403
