"""A workspace's own velocity models, for theoretical arrivals."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .workspaces import Workspace


class EarthModel(models.Model):
    """source: the file as it was uploaded. What TauP made of it lies in the data folder under sha256, that of the completed model."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="earth_models")
    name = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    completed_from_km = models.FloatField(null=True, blank=True)  # below it is ak135; null where the file told all
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_earth_model_of_a_name")]

    def __str__(self) -> str:
        return self.name
