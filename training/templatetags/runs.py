"""What pages of the catalog side say about runs."""

from __future__ import annotations

from django import template

from labeling.models import Work, Workspace
from training.models import Run

register = template.Library()


@register.simple_tag
def run_under_way(workspace: Workspace) -> Run | None:
    """The run that is queued or at work: `{% run_under_way workspace as run %}`. There is never more than one."""
    return workspace.runs.exclude(state__in=Work.FINISHED).first()
