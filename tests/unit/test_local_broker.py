"""The file broker, with processes that send and receive at the same time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from webapp import local_broker

REPOSITORY = Path(__file__).resolve().parent.parent.parent
N_PRODUCERS, N_CONSUMERS, N_EACH = 4, 3, 100

PRODUCER = """
import sys
from kombu import Connection
from webapp import local_broker
local_broker.register()
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Connection("repick-local://localhost", transport_options={"folder": folder}) as connection:
    queue = connection.SimpleQueue("work")
    for number in range(count):
        queue.put({"from": name, "number": number, "padding": "x" * 20_000})
"""

CONSUMER = """
import json, sys
from queue import Empty
from kombu import Connection
from webapp import local_broker
local_broker.register()
folder = sys.argv[1]
with Connection("repick-local://localhost", transport_options={"folder": folder}) as connection:
    queue = connection.SimpleQueue("work")
    while True:
        try:
            message = queue.get(timeout=3)
        except Empty:
            break
        assert len(message.payload["padding"]) == 20_000
        print(json.dumps([message.payload["from"], message.payload["number"]]), flush=True)
        message.ack()
"""


@pytest.fixture
def connection(tmp_path: Path):
    local_broker.register()
    with Connection("repick-local://localhost", transport_options={"folder": str(tmp_path)}) as opened:
        yield opened


def test_four_senders_and_three_receivers_lose_nothing_and_get_nothing_twice(tmp_path: Path):
    def start(code: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", code, str(tmp_path), *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)

    consumers = [start(CONSUMER) for _ in range(N_CONSUMERS)]
    producers = [start(PRODUCER, f"producer {number}", str(N_EACH)) for number in range(N_PRODUCERS)]
    for producer in producers:
        assert producer.wait(60) == 0
    received = []
    for consumer in consumers:
        output, _ = consumer.communicate(timeout=60)
        assert consumer.returncode == 0
        received += [tuple(json.loads(line)) for line in output.splitlines()]
    expected = [(f"producer {number}", message) for number in range(N_PRODUCERS) for message in range(N_EACH)]
    assert sorted(received) == sorted(expected)


def test_a_message_that_is_still_being_written_is_not_read(connection: Connection, tmp_path: Path):
    queue = connection.SimpleQueue("work")
    (tmp_path / "work").mkdir(exist_ok=True)
    (tmp_path / "work" / "00000000000000000001-half.part").write_text('{"body": "hal')
    with pytest.raises(Empty):
        queue.get(timeout=0.3)
    assert queue.qsize() == 0


def test_messages_come_in_the_order_in_which_they_were_sent(connection: Connection):
    queue = connection.SimpleQueue("work")
    for number in range(5):
        queue.put(number)
    assert [queue.get(timeout=2).payload for _ in range(5)] == list(range(5))


def test_a_message_nobody_has_taken_outlives_the_one_who_sent_it(tmp_path: Path):
    local_broker.register()
    for _ in range(2):
        with Connection("repick-local://localhost", transport_options={"folder": str(tmp_path)}) as opened:
            opened.SimpleQueue("work").put("import 7")
    with Connection("repick-local://localhost", transport_options={"folder": str(tmp_path)}) as opened:
        queue = opened.SimpleQueue("work")
        assert queue.qsize() == 2
        assert queue.get(timeout=2).payload == "import 7"


def test_queues_do_not_see_each_others_messages(connection: Connection):
    connection.SimpleQueue("data").put("an import")
    with pytest.raises(Empty):
        connection.SimpleQueue("training").get(timeout=0.3)


def test_a_purged_queue_is_empty(connection: Connection):
    queue = connection.SimpleQueue("work")
    for number in range(3):
        queue.put(number)
    assert queue.clear() == 3
    assert queue.qsize() == 0


@pytest.mark.parametrize("name", ["../outside", "a/b", ""])
def test_a_queue_name_that_is_a_path_is_refused(connection: Connection, name: str):
    with pytest.raises(ValueError, match="cannot name a queue"):
        connection.default_channel._folder(name)
