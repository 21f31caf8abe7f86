"""What chance decides about a run's review, drawn once and stored: the blind slice, the doubly reviewed, the hidden proposals."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from labeling.models import Flag, FlagSet, Membership, Pick, ReviewAssignment, ReviewDraw, Workspace
from labeling.models.flags import FlagQuerySet

BATCH = 1000
Ids = NDArray[np.int64]
Purpose = ReviewAssignment.Purpose


@transaction.atomic
def draw_review(*, flag_set: FlagSet, seed: int | None = None) -> ReviewDraw:
    """Draws for the flags of one run by the workspace's shares; a run that was drawn for gets its draw back unchanged.

    The population are the open flags of active picks: those that nobody has decided about. Half of the blind slice comes from the flagged,
    half from the others; each then stands in the queue at the place of a flag drawn at random. seed: None for a fresh one.
    """
    known = ReviewDraw.objects.filter(flag_set=flag_set).first()
    if known is not None:
        return known
    workspace = flag_set.workspace
    population = flag_set.flags.filter(state=Flag.State.OPEN, pick__is_withdrawn=False, pick__state=Pick.State.SCORED)
    flagged, p_flagged = _ids_and_p(population.above(workspace.flag_threshold))
    others = population.filter(p_mislabelled__lt=workspace.flag_threshold)
    n_others = others.count()
    draw = ReviewDraw.objects.create(
        flag_set=flag_set,
        seed=secrets.randbits(62) if seed is None else seed,
        threshold=workspace.flag_threshold,
        blind_share=workspace.blind_share,
        double_share=workspace.double_share if _may_be_read_twice(workspace) else 0.0,
        hidden_share=workspace.hidden_share,
        n_flagged=flagged.size,
        n_unflagged=n_others,
    )
    chance = np.random.default_rng(draw.seed)
    n_blind = round(draw.blind_share * flagged.size)
    blind_flagged = chance.choice(flagged, min((n_blind + 1) // 2, flagged.size), replace=False)
    blind_others = _at(others, chance.choice(n_others, min(n_blind // 2, n_others), replace=False))
    blind = np.concatenate([blind_flagged, blind_others])
    _assign(draw, Purpose.BLIND, blind_flagged, of=flagged.size, is_flagged=True)
    _assign(draw, Purpose.BLIND, blind_others, of=n_others, is_flagged=False)
    if blind.size:
        _put_into_queue(blind, chance.choice(p_flagged, blind.size))
    _draw_double(draw, flagged, blind_others, chance)
    _draw_hidden(draw, flagged, blind, chance)
    return draw


def set_review_shares(*, workspace: Workspace, **values: float) -> Workspace:
    """Shares of the next draw, and the tolerances. What was drawn stays drawn: to redraw would let people choose their sample."""
    Workspace.objects.filter(pk=workspace.pk).update(**values)
    workspace.refresh_from_db(fields=list(values))
    return workspace


def _may_be_read_twice(workspace: Workspace) -> bool:
    return workspace.memberships.filter(role__in=[Membership.Role.ANALYST, Membership.Role.ADMIN]).count() >= 2


def _ids_and_p(flags: FlagQuerySet) -> tuple[Ids, NDArray[np.float64]]:
    rows = np.array(list(flags.order_by("id").values_list("id", "p_mislabelled").iterator()), dtype=np.float64).reshape(-1, 2)
    return rows[:, 0].astype(np.int64), rows[:, 1]


def _at(flags: FlagQuerySet, places: Ids) -> Ids:
    """The ids at some places of the list in the order of ids: one walk, since the database's own order at random is not repeatable."""
    wanted = set(places.tolist())
    if not wanted:
        return np.empty(0, np.int64)
    ids = flags.order_by("id").values_list("id", flat=True).iterator(chunk_size=10_000)
    return np.array([pk for place, pk in enumerate(ids) if place in wanted], dtype=np.int64)


def _draw_double(draw: ReviewDraw, flagged: Ids, blind_others: Ids, chance: np.random.Generator) -> None:
    """From all that is in the queue, blind or not, in the same share."""
    for ids, is_flagged in ((flagged, True), (blind_others, False)):
        chosen = chance.choice(ids, round(draw.double_share * ids.size), replace=False)
        _assign(draw, Purpose.DOUBLE, chosen, of=ids.size, is_flagged=is_flagged)


def _draw_hidden(draw: ReviewDraw, flagged: Ids, blind: Ids, chance: np.random.Generator) -> None:
    """From the flags that propose a time and show it otherwise."""
    proposing = draw.flag_set.flags.above(draw.threshold).exclude(proposed_time=None).order_by("id").values_list("id", flat=True)
    with_proposal = np.array(list(proposing.iterator()), dtype=np.int64)
    ids = np.setdiff1d(np.intersect1d(with_proposal, flagged), blind)
    chosen = chance.choice(ids, round(draw.hidden_share * ids.size), replace=False)
    _assign(draw, Purpose.HIDDEN_PROPOSAL, chosen, of=ids.size, is_flagged=True)


def _assign(draw: ReviewDraw, purpose: str, flag_ids: Ids, *, of: int, is_flagged: bool) -> None:
    rows = (
        ReviewAssignment(draw=draw, flag_id=pk, purpose=purpose, is_flagged=is_flagged, inclusion_probability=flag_ids.size / of)
        for pk in flag_ids.tolist()
    )
    ReviewAssignment.objects.bulk_create(rows, batch_size=BATCH)


def _put_into_queue(flag_ids: Ids, places: NDArray[np.float64]) -> None:
    for batch in _batches(list(zip(flag_ids.tolist(), places.tolist(), strict=True))):
        Flag.objects.bulk_update([Flag(pk=pk, drawn_place=place) for pk, place in batch], ["drawn_place"])


def _batches(rows: list[tuple[int, float]]) -> Iterable[list[tuple[int, float]]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
