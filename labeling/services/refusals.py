"""How a service says no: with a stable code for programs and a sentence for people."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The request can't be done. The text says what is wrong, where, and what to do."""

    http_status = 400

    def __init__(self, code: str, message: str, *, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields or {}


class Conflict(Refused):
    """Somebody else was faster, or the state does not allow it any more."""

    http_status = 409


class LengthRequired(Refused):
    """The request must say how long its body is."""

    http_status = 411


class Unavailable(Refused):
    """What the request needs does not answer; the same request may succeed later."""

    http_status = 503


class Forbidden(Refused):
    """The person's role does not allow it."""

    http_status = 403
