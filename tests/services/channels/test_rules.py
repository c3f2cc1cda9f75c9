"""What a check means, as tables; addresses and names."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.channels import health, rules
from services.channels.health import Deed
from services.channels.models import HookState
from services.connectors.base import Check
from services.kit.errors import InvalidInput


def lines(token: str, webhook: str) -> list[Check]:
    return [Check("token", token), Check("webhook", webhook)]


@pytest.mark.parametrize(
    ("token", "webhook", "before", "mended", "state", "deed"),
    [
        ("ok", "ok", "set", False, "set", Deed.NOTHING),
        ("ok", "ok", "unset", True, "set", Deed.NOTHING),
        ("ok", "ok", "set", True, "reset", Deed.NOTHING),
        ("ok", "bad", "set", True, "reset", Deed.NOTHING),
        ("ok", "bad", "reset", False, "lost", Deed.NOTHING),
        ("ok", "warn", "lost", False, "lost", Deed.NOTHING),
        ("ok", "ok", "lost", False, "set", Deed.NOTHING),
        ("bad", "unknown", "set", False, "set", Deed.SUSPEND),
    ],
)
def test_check_is_judged(
    token: str, webhook: str, before: str, mended: bool, state: str, deed: Deed
) -> None:
    verdict = health.judge(
        lines(token, webhook),
        status="active",
        reason="",
        before=before,
        hook_wanted=True,
        mended=mended,
    )

    assert (verdict.hook_state, verdict.deed) == (state, deed)


def test_only_a_channel_stopped_for_its_key_is_resumed_by_a_check() -> None:
    common = {"before": "set", "hook_wanted": True}
    by_key = health.judge(lines("ok", "ok"), status="suspended", reason="auth", **common)  # type: ignore[arg-type]
    by_owner = health.judge(lines("ok", "ok"), status="suspended", reason="owner", **common)  # type: ignore[arg-type]

    assert (by_key.deed, by_owner.deed) == (Deed.RESUME, Deed.NOTHING)


@given(st.sampled_from(list(HookState)), st.sampled_from(["ok", "warn", "bad", "idle", "unknown"]))
def test_webhook_given_up_on_is_not_set_again_by_schedule(before: str, webhook: str) -> None:
    wanted = health.needs_hook(lines("ok", webhook), before)

    assert not (wanted and before in {"reset", "lost"})
    assert not (wanted and webhook in {"ok", "idle", "unknown"})


@given(st.text(max_size=120), st.sets(st.text(min_size=1, max_size=5), max_size=5))
def test_free_name_is_free_and_fits(wanted: str, taken: set[str]) -> None:
    name = rules.free_name(wanted, taken)

    assert name not in taken
    assert 0 < len(name) <= rules.MAX_NAME


@given(st.text(max_size=60))
def test_token_owner_is_digits_or_refused(token: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert rules.token_owner(token).isdigit()


def test_hook_address_needs_a_public_address() -> None:
    assert rules.hook_url(None, "market", "k") is None
    assert rules.hook_url("https://a.example", "market", "k") == "https://a.example/hooks/market/k"
    assert len({rules.new_hook_key() for _ in range(50)}) == 50
