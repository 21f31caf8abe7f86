"""Decisions as tests take them."""

from __future__ import annotations

import uuid

from labeling.services.review import decide


def take(flag, analyst, kind, **more):
    return decide(pick=flag.pick, flag=flag, kind=kind, analyst=analyst, client_id=more.pop("client_id", uuid.uuid4()), **more)


def fresh(row):
    return type(row).objects.get(pk=row.pk)
