"""Picks a second that the QuakeML reader gives, beside ObsPy and beside bare lxml over the fields of the picks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obspy
from lxml import etree

from labeling.seismo.formats.read_quakeml import read_quakeml
from labeling.seismo.records import PickRecord
from labeling.seismo.timing import iso
from tests.bench.figure import Figure, Options
from tests.bench.surroundings import peak_memory_mib

PICKS_PER_EVENT = 10
OBSPY_EVENTS = 300  # its memory grows with the events
N_ROUNDS = 3
_PICK_FIELDS = ("time/{*}value", "time/{*}uncertainty", "phaseHint", "onset", "polarity", "evaluationMode", "creationInfo/{*}agencyID")


def measure(options: Options, folder: Path) -> list[Figure]:
    small, large = folder / "small.xml", folder / "large.xml"
    _write(small, OBSPY_EVENTS)
    _write(large, options.n_events)
    n_picks = options.n_events * PICKS_PER_EVENT
    before_mib = peak_memory_mib()
    _read(large)  # alone in the process so far: its memory
    peak_mib = peak_memory_mib()
    rounds, bare_rounds, obspy_rounds = [], [], []
    for _ in range(N_ROUNDS):  # in turn, so that whatever else the machine does falls on all
        rounds.append(_timed(lambda: _read(large), n_picks))
        bare_rounds.append(_timed(lambda: _bare(large), n_picks))
        obspy_rounds.append(_timed(lambda: _read_with_obspy(small), OBSPY_EVENTS * PICKS_PER_EVENT))
    seconds, bare_s, obspy_s = min(rounds), min(bare_rounds), min(obspy_rounds)
    details = {
        "picks": n_picks,
        "MiB": round(large.stat().st_size / 1024**2),
        "peak memory grew by MiB": round(peak_mib - before_mib),
        "rounds": N_ROUNDS,
    }
    name, rate = "picks read from QuakeML", n_picks / seconds
    obspy_rate = OBSPY_EVENTS * PICKS_PER_EVENT / obspy_s
    return [
        Figure(name, rate, "picks/s", f"ObsPy ({OBSPY_EVENTS} events)", obspy_rate, True, details, peak_mib, before_mib),
        Figure(f"{name}, limit", rate, "picks/s", "lxml over the fields of the picks", n_picks / bare_s, True, {}, peak_mib, before_mib),
    ]


def _timed(read: Callable[[], int], n_expected: int) -> float:
    began = time.process_time()  # all three are one thread that computes; what else the machine does falls on neither
    n_read = read()
    seconds = time.process_time() - began
    if n_read != n_expected:
        raise SystemExit(f"{n_read} of {n_expected} picks were read.")
    return seconds


def _read(path: Path) -> int:
    return sum(isinstance(record, PickRecord) for record in read_quakeml(path, place=path.name))


def _read_with_obspy(path: Path) -> int:
    return sum(len(event.picks) for event in obspy.read_events(str(path), format="QUAKEML"))


def _bare(path: Path) -> int:
    n_picks = 0
    paths = [f"{{*}}{field}" for field in _PICK_FIELDS]
    for _, pick in etree.iterparse(str(path), events=("end",), tag="{*}pick"):
        found = [pick.findtext(field) for field in paths]
        waveform = pick.find("{*}waveformID")
        n_picks += bool(found and waveform.attrib)
        pick.clear()
    return n_picks


def _write(path: Path, n_events: int) -> None:
    with path.open("w") as target:
        target.write('<?xml version="1.0"?>\n<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" ')
        target.write('xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters publicID="smi:bench/catalog">\n')
        for number in range(n_events):
            target.write(_event(number))
        target.write("</eventParameters></q:quakeml>\n")


def _event(number: int) -> str:
    origin = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=10 * number)
    info = "<creationInfo><agencyID>GNS</agencyID><author>otto</author><creationTime>2020-02-01T00:00:00Z</creationTime></creationInfo>"
    picks, arrivals = "", ""
    for place in range(PICKS_PER_EVENT):
        name, phase = f"smi:bench/pick/{number}/{place}", "PS"[place % 2]
        time_of_pick = iso(origin + timedelta(seconds=3.217 * (place + 1)))
        picks += (
            f'<pick publicID="{name}"><time><value>{time_of_pick}</value><uncertainty>0.05</uncertainty></time>'
            f'<waveformID networkCode="NZ" stationCode="S{place:03d}" locationCode="10" channelCode="HHZ"/><onset>impulsive</onset>'
            f"<phaseHint>{phase}</phaseHint><polarity>positive</polarity><evaluationMode>manual</evaluationMode>"
            f"<evaluationStatus>reviewed</evaluationStatus>{info}</pick>\n"
        )
        arrivals += (
            f'<arrival publicID="{name}/arrival"><pickID>{name}</pickID><phase>{phase}</phase><timeResidual>0.1</timeResidual></arrival>\n'
        )
    return (
        f'<event publicID="smi:bench/event/{number}"><preferredOriginID>smi:bench/origin/{number}</preferredOriginID>\n{picks}'
        f'<origin publicID="smi:bench/origin/{number}"><time><value>{iso(origin)}</value></time><latitude><value>-43.1</value></latitude>'
        f"<longitude><value>170.2</value></longitude><depth><value>5000</value></depth>{arrivals}{info}</origin>\n"
        f'<magnitude publicID="smi:bench/mag/{number}"><mag><value>1.9</value></mag><type>ML</type></magnitude></event>\n'
    )
