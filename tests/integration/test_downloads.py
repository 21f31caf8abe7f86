"""Downloads that break off go on where they ended; what is asked for wrongly is told."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest

from labeling.files import exports_folder
from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Export
from labeling.services.exports import begin_export
from labeling.services.snapshots import freeze_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(imported, analyst):
    export_snapshot(begin_export(snapshot=freeze_snapshot(workspace=imported, by=analyst), format="csv", by=analyst, send=False).pk)
    return Export.objects.get()


@pytest.fixture
def content(export):
    return (exports_folder() / export.path).read_bytes()


@pytest.fixture(params=["/w/{slug}/exports/{id}/download/", "/api/v1/workspaces/{slug}/exports/{id}/download/"])
def address(request, export):
    return request.param.format(slug=export.workspace.slug, id=export.pk)


def taken(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_whole_file_says_how_it_can_be_gone_on_with(address, analyst_client, export, content):
    answer = analyst_client.get(address)
    assert (answer.status_code, taken(answer)) == (200, content)
    assert (answer["Accept-Ranges"], answer["ETag"], answer["Content-Length"]) == ("bytes", f'"{export.sha256}"', str(len(content)))
    assert b64decode(answer["Repr-Digest"].removeprefix("sha-256=:").removesuffix(":")) == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-", slice(100, None)),
        ("bytes=100-299", slice(100, 300)),
        ("bytes=100-999999999", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_a_part_is_what_was_asked_for(asked, part, address, analyst_client, content):
    answer = analyst_client.get(address, headers={"Range": asked})
    first, last, _ = part.indices(len(content))
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {first}-{last - 1}/{len(content)}")
    assert taken(answer) == content[part]
    assert answer["Content-Length"] == str(last - first)
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=5-2", "bytes=-0"])
def test_a_part_that_there_is_none_of_is_told_with_the_size(asked, address, analyst_client, content):
    answer = analyst_client.get(address, headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b", "bytes=1", "bytes=1234567890123456789-"])
def test_what_is_not_understood_is_passed_over(asked, address, analyst_client, content):
    answer = analyst_client.get(address, headers={"Range": asked})
    assert (answer.status_code, taken(answer)) == (200, content)


def test_who_has_the_beginning_of_another_file_gets_the_whole(address, analyst_client, export, content):
    same = analyst_client.get(address, headers={"Range": "bytes=100-", "If-Range": f'"{export.sha256}"'})
    other = analyst_client.get(address, headers={"Range": "bytes=100-", "If-Range": '"0123"'})
    assert (taken(same), taken(other)) == (content[100:], content)


def test_the_head_alone_can_be_asked_for(address, analyst_client, content):
    answer = analyst_client.head(address)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(content)))
