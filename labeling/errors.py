"""One shape for every error the REST API and the JSON views answer with: code, message, fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from labeling.bucket import StorageUnreachable
from labeling.services.refusals import Refused, Unavailable


def error_body(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "fields": fields or {}}


def json_error(code: str, message: str, *, status: int, fields: dict[str, Any] | None = None) -> JsonResponse:
    return JsonResponse(error_body(code, message, fields), status=status)


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turns what Django REST framework and our services raise into the one shape."""
    if isinstance(error, StorageUnreachable):
        error = Unavailable("storage_unreachable", str(error))
    if isinstance(error, Refused):
        return Response(error_body(error.code, str(error), error.fields), status=error.http_status)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = error.get_full_details()
        body = error_body("invalid", "Some fields are not as they should be.", _messages(fields))
    elif isinstance(error, exceptions.APIException):
        body = error_body(str(getattr(error.detail, "code", error.default_code)), str(error.detail))
    elif isinstance(error, Http404):
        body = error_body("not_found", "There is no such thing here, or you are not a member of its workspace.")
    elif isinstance(error, PermissionDenied):
        body = error_body("permission_denied", "Your role in this workspace does not allow that.")
    else:
        body = error_body("error", str(error))
    response.data = body
    return response


def _messages(details: Any) -> dict[str, Any]:
    if isinstance(details, list):
        return {"non_field_errors": [_message(item) for item in details]}
    return {name: [_message(item) for item in value] if isinstance(value, list) else _messages(value) for name, value in details.items()}


def _message(item: Any) -> Any:
    return str(item["message"]) if isinstance(item, dict) and "message" in item else item
