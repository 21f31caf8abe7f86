"""Addresses below the API that lead nowhere: the answer is JSON there too."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.services.refusals import Refused


class NoSuchAddress(Refused):
    http_status = 404


@extend_schema(exclude=True)
class UnknownAddressView(APIView):
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]

    def dispatch_unknown(self, request: Request, **_: Any) -> Response:
        hint = "" if request.path.endswith("/") else " Addresses end with a slash."
        raise NoSuchAddress("not_found", f"{request.path} is no address of this API.{hint} See the schema for all of them.")

    get = post = put = patch = delete = dispatch_unknown
