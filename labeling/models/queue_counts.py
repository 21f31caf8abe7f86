"""How many flags of a run wait where in its queue, kept since nobody can count a hundred thousand at each look."""

from __future__ import annotations

from django.db import models

from .flags import Flag, FlagSet


class QueueCount(models.Model):
    """A part of how many flags of a run are in one state within one hundredth of the queue; the parts of a hundredth add up.

    hundredth: n of the places from n/100 up to (n + 1)/100. n, p_sum: flags and the sum of their P; below zero where some have left. Each
    change of states adds rows instead of changing them, so that nobody who decides waits for somebody else who does.
    """

    flag_set = models.ForeignKey(FlagSet, on_delete=models.CASCADE, related_name="queue_counts")
    state = models.CharField(max_length=8, choices=Flag.State.choices)
    hundredth = models.SmallIntegerField()
    n = models.IntegerField()
    p_sum = models.FloatField()

    def __str__(self) -> str:
        return f"{self.n} {self.state} flags of {self.flag_set} from {self.hundredth / 100:.2f} on"
