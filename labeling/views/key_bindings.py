"""Where the review screen keeps a person's own keys."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from labeling.errors import json_error
from labeling.models import KeyBindings
from labeling.services.key_bindings import keep_key_bindings
from labeling.services.refusals import Refused
from labeling.views.json_body import json_body, object_of, text_of

MOST_BYTES = 16 * 1024


@require_POST
def key_bindings(request: HttpRequest) -> JsonResponse:
    """JSON: set and keys, whole; they take the place of what was stored."""
    assert isinstance(request.user, User)  # login is required everywhere
    try:
        body = json_body(request, most_bytes=MOST_BYTES)
        kept = keep_key_bindings(user=request.user, key_set=text_of(body, "set"), keys=object_of(body, "keys"))
    except Refused as refused:
        return json_error(refused.code, str(refused), status=refused.http_status, fields=refused.fields)
    return JsonResponse(key_bindings_json(kept))


def key_bindings_json(bindings: KeyBindings) -> dict[str, Any]:
    return {"set": bindings.key_set, "keys": bindings.keys}
