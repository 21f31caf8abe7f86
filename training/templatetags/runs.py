"""What pages of the catalog side say about runs."""

from __future__ import annotations

from django import template

from labeling.models import Work, Workspace
from training.flagging.gain import Estimate
from training.models import Run

register = template.Library()


@register.simple_tag
def run_under_way(workspace: Workspace) -> Run | None:
    """The run that is queued or at work: `{% run_under_way workspace as run %}`. There is never more than one."""
    return workspace.runs.exclude(state__in=Work.FINISHED).first()


@register.simple_tag
def run_not_reviewed(workspace: Workspace) -> Run | None:
    """The newest finished run: what to offer where nothing is under review, though there are flags."""
    return workspace.runs.filter(state=Work.State.DONE).first()


@register.filter
def share_estimate(estimate: Estimate | None) -> str:
    """`85 % (71–93 %)`, or a dash where there is none."""
    return "–" if estimate is None else f"{100 * estimate.value:.0f} % {share_interval(estimate)}"


@register.filter
def share_interval(estimate: Estimate) -> str:
    return f"({100 * estimate.low:.0f}–{100 * estimate.high:.0f} %)"


@register.filter
def interval_s(estimate: Estimate) -> str:
    """`(0.071–0.082)`, to the millisecond where the figure is small."""
    digits = 3 if abs(estimate.high) < 1 else 2
    return f"({estimate.low:.{digits}f}–{estimate.high:.{digits}f})"


@register.filter
def change_s(estimate: Estimate) -> str:
    """`−0.210 s (−0.301 to −0.122)`, with real minus signs."""
    return f"{estimate.value:+.3f} s ({estimate.low:+.3f} to {estimate.high:+.3f})".replace("-", "−")
