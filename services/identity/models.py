"""Tables of sessions and proofs. They belong to people, not to a tenant: only the system scope
sees them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model


class SessionKind(StrEnum):
    """Where the tokens live: in the Mini App's memory, or in a browser's cookies."""

    APP = "app"
    BROWSER = "browser"


class UserSession(Model):
    """One sign-in on one device; its id is the family of its tokens.

    `generation` counts rotations of the refresh token; `proof_hash` is the initData it was swapped
    for; `confirmed_at` the last code of the second factor given here.
    """

    id = fields.UUIDField(primary_key=True)
    user_id = fields.UUIDField()
    tenant_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=8)
    device = fields.CharField(max_length=100, default="")
    generation = fields.IntField(default=1)
    rotated_at = fields.DatetimeField(auto_now_add=True)
    proof_hash = fields.BinaryField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    last_seen_at = fields.DatetimeField(auto_now_add=True)
    ended_at = fields.DatetimeField(null=True)
    ended_why = fields.CharField(max_length=16, default="")

    class Meta:
        table = "user_session"


class SecondFactor(Model):
    """A person's TOTP seed, sealed; `turned_on_at` is None until the first code was right.

    `last_step` is the last time step whose code was used: each works once. `recovery` holds hashes
    of the unused recovery codes. `tries` counts wrong codes since `tries_since`.
    """

    user_id = fields.UUIDField(primary_key=True)
    secret = fields.BinaryField()
    turned_on_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)
    recovery: Any = fields.JSONField(default=list)
    tries = fields.IntField(default=0)
    tries_since = fields.DatetimeField(auto_now_add=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "second_factor"


class LoginAttempt(Model):
    """A person sent to Telegram Login who has not come back yet; works once, ten minutes."""

    state_hash = fields.BinaryField(primary_key=True)
    browser_hash = fields.BinaryField()
    nonce = fields.CharField(max_length=64)
    verifier = fields.CharField(max_length=128)
    return_to = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "login_attempt"


class LoginSubject(Model):
    """Which user an issuer's subject is: it must stay the same person."""

    issuer = fields.CharField(max_length=200)
    subject = fields.CharField(max_length=200, primary_key=True)
    user_id = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "login_subject"
