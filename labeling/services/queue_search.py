"""What a word typed into the queue's search field means: a station, an event, or one pick."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from labeling.models import Event, Flag, Pick, Workspace
from labeling.services.refusals import Refused
from labeling.services.review_queue import flags_under_review

MOST_NAMED = 5


@dataclass(frozen=True)
class Found:
    """One of them: a station as NET.STA or STA and an event by its own name, as the queue is narrowed to; or the flag of a pick. also: what
    else has that name, and how to come to it; "" where nothing does."""

    station: str = ""
    event: str = ""
    flag: Flag | None = None
    also: str = ""


def find_in_queue(*, workspace: Workspace, text: str) -> Found:
    """Of what is under review, the first that fits: a station's code, an event's name, a pick's name or number, what follows the last slash
    of an event's name. Raises Refused where there is none, or several events."""
    text = text.strip()
    if not text:
        raise Refused("nothing_to_find", "Type a station, an event or a pick.", fields={"q": ["Type something."]})
    station, networks = _station(workspace, text)
    events = Event.objects.filter(workspace=workspace, is_withdrawn=False)
    n_events = events.filter(source_ref=text).count()
    flags = _flags_of(workspace, text)
    if station:
        several = f"{station} is in the networks {_listed(networks)}; the queue holds all of them." if len(networks) > 1 else ""
        by_filter = f"An event is called {text}, too; set it as the filter's event." if n_events else ""
        return Found(station=station, also=_sentences(several, by_filter, _picks_too(text, flags)))
    if n_events:
        several = f"{n_events} events are called {text}; the queue holds the picks of all." if n_events > 1 else ""
        return Found(event=text, also=_sentences(several, _picks_too(text, flags)))
    if flags:
        others = f"{len(flags)} picks have that name or number. " if len(flags) > 1 else ""
        return Found(
            flag=flags[0], also=others and others + f"Find the others by number: {_listed([str(one.pick_id) for one in flags[1:]])}."
        )
    names = list(events.filter(source_ref__endswith=f"/{text}").values_list("source_ref", flat=True).distinct()[:2])
    if len(names) > 1:
        raise Refused("not_one", f"Several events end in /{text}. Type the whole name.", fields={"q": ["Names several events."]})
    if not names:
        raise Refused("nothing_found", f"No station, event or pick under review is called {text}.", fields={"q": ["Unknown."]})
    return Found(event=names[0])


def _station(workspace: Workspace, text: str) -> tuple[str, list[str]]:
    """As the queue is narrowed to it, and the networks that have one of that name; "" where none has."""
    network, _, code = text.upper().rpartition(".")
    stations = flags_under_review(workspace).filter(station_code__in={code, text.rpartition(".")[2]})
    if network:
        stations = stations.filter(network_code__iexact=network)
    networks = sorted(set(stations.order_by().values_list("network_code", flat=True).distinct()))
    if not networks:
        return "", []
    return text.upper() if stations.filter(station_code=code).exists() else text, networks


def _flags_of(workspace: Workspace, text: str) -> list[Flag]:
    """Of the picks with that name, then of the one with that number."""
    found: list[Flag] = []
    for wanted in (Q(source_ref=text), *([Q(pk=int(text))] if _is_number(text) else [])):
        picks = Pick.objects.filter(wanted, workspace=workspace, is_withdrawn=False).values_list("pk", flat=True)[:10]
        found += flags_under_review(workspace).filter(pick__in=list(picks)).select_related("pick").order_by("pick")
    return list({flag.pk: flag for flag in found}.values())


def _picks_too(text: str, flags: list[Flag]) -> str:
    return f"A pick is called {text}, too; find it by its number: {_listed([str(flag.pick_id) for flag in flags])}." if flags else ""


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _sentences(*said: str) -> str:
    return " ".join(one for one in said if one)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
