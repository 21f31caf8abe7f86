"""The keys that a person has chosen for the review screen."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class KeyBindings(models.Model):
    """One person's, in every workspace and browser. key_set: the one in use. keys: by set and action, the keys that are not the set's own.

    What actions there are, and which keys a set gives them, is known to the screen's own scripts only (`keymap.js`).
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="key_bindings")
    key_set = models.CharField(max_length=16)
    keys = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "key bindings"

    def __str__(self) -> str:
        return f"{self.user}: {self.key_set}, {len(self.keys)} of their own"
