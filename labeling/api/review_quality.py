"""The figures of the review quality page."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from labeling.api.access import WorkspaceViewSet
from labeling.models import ReviewDraw
from labeling.services.review_quality import CLASSES, review_quality

DRAW = ("seed", "threshold", "blind_share", "double_share", "hidden_share", "n_flagged", "n_unflagged")


class ReviewQualityViewSet(WorkspaceViewSet):
    """Error rate, missed errors, agreement, anchoring and analysts' offsets of the run under review, each with its 95 % interval."""

    queryset = ReviewDraw.objects.all()
    workspace_path = "flag_set__workspace"
    pagination_class = None

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    def list(self, request: Any, **_: Any) -> Response:
        """An empty object before anything was drawn. Shares lie between 0 and 1, times are seconds; null is unknown."""
        found = review_quality(self.workspace)
        if found is None:
            return Response({})
        plain = asdict(found)
        plain["draw"] = {name: getattr(found.draw, name) for name in DRAW}
        for stratum in ("flagged", "unflagged"):  # the blind items that are not decided yet are in no count, as elsewhere
            n_told = plain["errors"].pop(f"n_{stratum}_told")
            plain["errors"][stratum]["n_population"] = plain["draw"][f"n_{stratum}"] = n_told
        plain["agreement"]["classes"] = CLASSES
        return Response(_without_nan(plain))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
