"""What goes wrong when people prove who they are; keys are in the catalogue `auth`."""

from __future__ import annotations

from services.kit.errors import AppError, Conflict, Forbidden


class Unauthenticated(AppError):
    """No proof, or one that does not hold (any more): sign in again."""


class ProofUsed(Conflict):
    """The initData was swapped for a session before: open the app again."""


class CodeNeeded(Forbidden):
    """The session has to give a code of the second factor first."""


class CodeWrong(Forbidden):
    """The code is not right, was used, or is too old."""


class LoginFailed(Unauthenticated):
    """The way through Telegram Login proved nothing; begin again."""
