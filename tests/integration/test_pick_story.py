"""What the page of a pick tells of its past."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from labeling.models import Pick, Workspace
from labeling.services.pick_story import tell_story
from labeling.services.review import decide, undo
from tests import factories


@pytest.fixture
def pick(workspace: Workspace) -> Pick:
    return factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))


def arrival_added_beside(pick: Pick, analyst: User) -> Pick:
    decide(pick=pick, kind="add", time=pick.time + timedelta(seconds=4), phase="S", analyst=analyst, client_id=uuid4())
    return Pick.objects.get(is_added=True)


def test_an_added_pick_tells_who_added_it_when_and_where(workspace, pick: Pick, analyst):
    added = arrival_added_beside(pick, analyst)
    (chapter,) = tell_story(added, threshold=0.5, viewer=analyst)
    assert chapter.title == "Added during review by ana"
    assert chapter.at == added.revisions.get(number=0).created_at > added.catalog.created_at
    assert chapter.details == ["S at 2012-09-23 16:22:34.000000"]


def test_an_added_pick_that_was_taken_back_tells_so(workspace, pick: Pick, analyst):
    added = arrival_added_beside(pick, analyst)
    undo(decision=pick.decisions.get(), analyst=analyst, client_id=uuid4())
    *_, last = tell_story(added, threshold=0.5, viewer=analyst)
    assert (last.title, last.details) == ("ana took a decision back", ["Revision 1: removed", "Taken back: added a missed arrival"])


def test_an_imported_pick_begins_with_its_row_and_its_first_label(workspace, pick: Pick, analyst):
    decide(pick=pick, kind="move", time=pick.time + timedelta(seconds=0.3), analyst=analyst, client_id=uuid4())
    first, last = tell_story(pick, threshold=0.5, viewer=analyst)
    assert (first.title, first.details[:2]) == (
        "Imported with NCSN 2012", [f"Row {pick.source_ref}", "P at 2012-09-23 16:22:30.000000 ± 0.05 s, weight 1"]
    )  # fmt: skip
    assert last.details == ["Revision 1: P at 2012-09-23 16:22:30.300000 ± 0.05 s, weight 1"]
