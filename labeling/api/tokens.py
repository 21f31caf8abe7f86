"""Logging in for scripts: a token for a user name and password, and taking it back."""

from __future__ import annotations

from django.contrib.auth import authenticate
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle
from rest_framework.views import APIView

from labeling.services.refusals import Refused


class LoginSerializer(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=500, trim_whitespace=False, style={"input_type": "password"})


class TokenSerializer(serializers.Serializer[Token]):
    token = serializers.CharField(source="key", read_only=True)


class TokenView(APIView):
    """A person has one token; it holds until it is revoked."""

    parser_classes = [JSONParser, FormParser, MultiPartParser]
    renderer_classes = [JSONRenderer]

    def get_authenticators(self) -> list[BaseAuthentication]:
        # A stale token or cookie sent along must not stop anybody from logging in.
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        self.throttle_scope = "login"
        return [ScopedRateThrottle()] if self.request.method == "POST" else []

    @extend_schema(request=LoginSerializer, responses=TokenSerializer, auth=[], summary="Log in: a token for a user name and password")
    def post(self, request: Request) -> Response:
        login = LoginSerializer(data=request.data)
        login.is_valid(raise_exception=True)
        user = authenticate(request, **login.validated_data)
        if user is None:
            raise Refused("bad_credentials", "No active account has this user name and password.")
        token, _ = Token.objects.get_or_create(user=user)
        return Response(TokenSerializer(token).data)

    @extend_schema(request=None, responses={204: OpenApiResponse(description="Revoked.")}, summary="Revoke one's own token")
    def delete(self, request: Request) -> Response:
        Token.objects.filter(user=request.user.pk).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
