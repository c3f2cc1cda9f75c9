"""How the fake Bot API says no."""

from __future__ import annotations

from aiohttp import web

from sandbox.city.core import Json
from sandbox.city.faults import Fault, Kind
from sandbox.city.wire import reply


class ApiError(Exception):
    """An `ok: false` answer."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """Only `retry_after` and `migrate_to_chat_id` are ever put in `parameters`."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """The answer's JSON."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(description: str, **parameters: int) -> ApiError:
    """400."""
    return ApiError(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> ApiError:
    """403."""
    return ApiError(403, f"Forbidden: {description}")


def too_many(seconds: int) -> ApiError:
    """429."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def answer(error: ApiError) -> web.Response:
    """The HTTP answer: its status repeats the code."""
    return reply(error.body(), error.code)


def refuse(fault: Fault) -> web.Response:
    """A fault on demand in Telegram's words."""
    if fault.kind is Kind.RATE_LIMIT:
        return answer(too_many(int(fault.params.get("retry_after", 30))))
    if fault.kind is Kind.REVOKE:
        return answer(ApiError(401, "Unauthorized"))
    status = int(fault.params.get("status", 502))
    names = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
    return answer(ApiError(status, names.get(status, "Bad Gateway")))
