"""What chance decides about a review, once for each run, as rows: who sees what, and how likely that was."""

from __future__ import annotations

from django.db import models

from .flags import Flag, FlagSet


class ReviewDraw(models.Model):
    """One draw for the flags of one run. The same seed draws the same again.

    threshold, shares: as they were when it was drawn. n_flagged, n_unflagged: open flags at or above that threshold and below it, the two
    strata from which the blind slice was drawn.
    """

    flag_set = models.OneToOneField(FlagSet, on_delete=models.CASCADE, related_name="draw")
    seed = models.BigIntegerField()
    threshold = models.FloatField()
    blind_share = models.FloatField()
    double_share = models.FloatField()
    hidden_share = models.FloatField()
    n_flagged = models.PositiveIntegerField()
    n_unflagged = models.PositiveIntegerField()
    drawn_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"draw of {self.flag_set}"


class ReviewAssignment(models.Model):
    """One flag that was drawn for one purpose.

    blind: shown without anything that the run says. double: two analysts decide, unseen of each other. hidden_proposal: shown without the
    proposal. inclusion_probability: of this flag for this purpose, that of its stratum. is_flagged: its stratum when it was drawn.
    """

    class Purpose(models.TextChoices):
        BLIND = "blind"
        DOUBLE = "double"
        HIDDEN_PROPOSAL = "hidden"

    draw = models.ForeignKey(ReviewDraw, on_delete=models.CASCADE, related_name="assignments")
    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="assignments")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    is_flagged = models.BooleanField()
    inclusion_probability = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "purpose"], name="flag_is_drawn_once_for_a_purpose"),
            models.CheckConstraint(
                condition=models.Q(inclusion_probability__gt=0, inclusion_probability__lte=1), name="inclusion_is_a_probability"
            ),
        ]
        indexes = [models.Index(fields=["draw", "purpose"])]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.flag}"
