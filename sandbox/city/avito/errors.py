"""How the fake Avito says no, in both of its error shapes."""

from __future__ import annotations

from aiohttp import web

from sandbox.city.core import Json
from sandbox.city.faults import Fault, Kind
from sandbox.city.wire import reply

_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment required",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
    500: "Error while processing request. Please, contact support",
    503: "Service temporarily unavailable. Please, contact support",
}


class AvitoError(Exception):
    """A refusal."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        flat: bool = False,
        fields: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """`flat` is the shape of the core API, nested that of the messenger."""
        super().__init__(message)
        self.status = status
        self.message = message or _WORDS.get(status, "Error")
        self.flat = flat
        self.fields = fields
        self.headers = headers

    def response(self) -> web.Response:
        """The HTTP answer."""
        if self.flat:
            body: Json = {"code": str(self.status), "message": self.message}
        else:
            error: Json = {"code": self.status, "message": self.message}
            if self.fields:
                error["fields"] = self.fields
            body = {"error": error}
        return reply(body, self.status, self.headers)


def refuse(fault: Fault) -> web.Response:
    """A fault on demand in Avito's words."""
    if fault.kind is Kind.RATE_LIMIT:
        wait = int(fault.params.get("retry_after", 30))
        headers = {
            "X-RateLimit-Limit": "60",
            "X-RateLimit-Remaining": "0",
            "Retry-After": str(wait),
        }
        return AvitoError(429, headers=headers).response()
    if fault.kind is Kind.REVOKE:
        return AvitoError(401).response()
    return AvitoError(int(fault.params.get("status", 503))).response()
