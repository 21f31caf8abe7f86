"""What a word typed into the queue's search field means: a station, an event, or one pick."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from labeling.models import Event, Flag, Pick, Workspace
from labeling.services.refusals import Refused
from labeling.services.review_queue import flags_under_review


@dataclass(frozen=True)
class Found:
    """One of them: a station as NET.STA or STA and an event by its own name, as the queue is narrowed to; or the flag of a pick."""

    station: str = ""
    event: str = ""
    flag: Flag | None = None


def find_in_queue(*, workspace: Workspace, text: str) -> Found:
    """Of what is under review, the first that fits: a station's code, an event's name, a pick's name or number, what follows the last slash
    of an event's name. Raises Refused where there is none, or several events."""
    text = text.strip()
    if not text:
        raise Refused("nothing_to_find", "Type a station, an event or a pick.", fields={"q": ["Type something."]})
    network, _, code = text.upper().rpartition(".")
    stations = flags_under_review(workspace).filter(station_code__in={code, text.rpartition(".")[2]})
    if (stations.filter(network_code__iexact=network) if network else stations).exists():
        return Found(station=text.upper() if stations.filter(station_code=code).exists() else text)
    events = Event.objects.filter(workspace=workspace, is_withdrawn=False)
    if events.filter(source_ref=text).exists():
        return Found(event=text)
    flag = _flag_of(workspace, Q(source_ref=text)) or (_flag_of(workspace, Q(pk=int(text))) if _is_number(text) else None)
    if flag is not None:
        return Found(flag=flag)
    names = list(events.filter(source_ref__endswith=f"/{text}").values_list("source_ref", flat=True).distinct()[:2])
    if len(names) > 1:
        raise Refused("not_one", f"Several events end in /{text}. Type the whole name.", fields={"q": ["Names several events."]})
    if not names:
        raise Refused("nothing_found", f"No station, event or pick under review is called {text}.", fields={"q": ["Unknown."]})
    return Found(event=names[0])


def _flag_of(workspace: Workspace, wanted: Q) -> Flag | None:
    picks = Pick.objects.filter(wanted, workspace=workspace, is_withdrawn=False).values_list("pk", flat=True)[:10]
    return flags_under_review(workspace).filter(pick__in=list(picks)).select_related("pick").first()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
