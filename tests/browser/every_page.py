"""Every page, sheet and state of the cabinet, one row each.

`LOOKS` is read by the test that looks at all of them by script (`test_every_page.py`) and by the
program that takes their pictures (`screens.py`). A page without a row fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

OVER = "#tgWebAppData=auth_date%3D1%26hash%3D00&tgWebAppVersion=9.0&tgWebAppPlatform=weba"
NOBODY = "out"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at. `path` and `sheet` (opened over it) name rows of the house in braces;
    `does`: what a person does first, `shows`: what is there then; `says`: how the picture is
    described, none without a picture.
    """

    name: str
    path: str
    says: str = ""
    who: str = "owner"
    sheet: str = ""
    does: tuple[tuple[str, ...], ...] = ()
    shows: str = "main"
    broken: bool = False

    @property
    def address(self) -> str:
        """Return the path whose view draws it."""
        return (self.sheet or self.path).partition("?")[0].partition("#")[0]

    @property
    def is_own(self) -> bool:
        """Say whether it has words that no other look has; fewer rights only take words away."""
        return bool(self.says) or self.who not in {"manager", "analyst", "billing"}

    @property
    def is_coming(self) -> bool:
        """Say whether it never gets there."""
        return any(act[0] == "stall" for act in self.does)


def _looks() -> Iterator[Look]:
    yield from NOW
    yield from DIALOGS
    yield from UNDELIVERED
    yield from TEAM
    yield from SECURITY
    yield from CHANNELS
    yield from WORK
    yield from STATES


MAIN = ".bottom .btn[data-main]"
NOW = (
    Look("now", "/app", "What needs you now, the worst first"),
    Look("now-slash", "/app/"),
    Look("now-opened", "/app/open?to=nothing"),
    Look("now-first", "/app", "A newcomer's three steps", who="newcomer"),
    Look("now-manager", "/app", who="manager"),
    Look("now-analyst", "/app", who="analyst"),
    Look("now-billing", "/app", "Somebody who only pays sees who to ask", who="billing"),
    Look("more", "/app/more", "The rest of the cabinet"),
    Look("more-billing", "/app/more", who="billing"),
    Look("businesses", "/app", "A person of two businesses", sheet="/app/businesses"),
)
DIALOGS = (
    Look("dialogs", "/app/dialogs", "Dialogs that wait"),
    Look("dialogs-all", "/app/dialogs?view=all"),
    Look("dialogs-snoozed", "/app/dialogs?view=snoozed"),
    Look("dialogs-mine-none", "/app/dialogs?view=mine", "No dialog of one's own"),
    Look("dialogs-closed", "/app/dialogs?view=closed"),
    Look("dialogs-found-none", "/app/dialogs?q=самокат", "Nothing found"),
    Look("dialogs-none", "/app/dialogs", "Everybody is answered", who="newcomer"),
    Look("dialog", "/app/dialogs/{dialog0}", "A dialog with every kind of message"),
    Look("dialog-note", "/app/dialogs/{dialog0}", "A note that no buyer sees",
         does=(("click", "#reply-mode"),), shows="#reply.as-note"),
    Look("dialog-refused", "/app/dialogs/{dialog1}", "An answer that is refused",
         does=(("fill", "#reply-text", "   "), ("click", "#reply-send")), shows=".compose .er"),
    Look("dialog-snoozed", "/app/dialogs/{dialog4}"),
    Look("dialog-blocked", "/app/dialogs/{blocked}", "A blocked buyer"),
    Look("dialog-closed", "/app/dialogs/{closed}"),
    Look("dialog-read-only", "/app/dialogs/{dialog0}", "An analyst reads", who="analyst"),
    Look("dialog-more", "/app/dialogs/{dialog0}", "What can be done with a dialog",
         sheet="/app/dialogs/{dialog0}/sheet/more"),
    Look("dialog-snooze", "/app/dialogs/{dialog0}", "Put off until when",
         sheet="/app/dialogs/{dialog0}/sheet/snooze"),
    Look("dialog-assign", "/app/dialogs/{dialog0}", "Who leads it",
         sheet="/app/dialogs/{dialog0}/sheet/assign"),
    Look("dialog-block", "/app/dialogs/{dialog0}", "Blocking asks first",
         sheet="/app/dialogs/{dialog0}/sheet/block"),
)  # fmt: skip
UNDELIVERED = (
    Look("undelivered", "/app/undelivered", "What did not get through, by reason"),
    Look("undelivered-done", "/app/undelivered?done=retry&moved=4"),
    Look("undelivered-heap", "/app/undelivered?reason=provider_down&state=parked",
         "One reason, page by page"),
    Look("undelivered-filtered", "/app/undelivered?reason=expired&state=parked"),
    Look("undelivered-analyst", "/app/undelivered", who="analyst"),
    Look("undelivered-none", "/app/undelivered", "Everything got through", who="newcomer"),
    Look("undelivered-one", "/app/undelivered", "One message", sheet="/app/undelivered/{stuck}"),
    Look("undelivered-drop", "/app/undelivered", "Giving up asks first, in numbers",
         sheet="/app/undelivered/drop?reason=too_big&state=parked"),
    Look("undelivered-drop-one", "/app/undelivered", sheet="/app/undelivered/{stuck}/drop"),
)  # fmt: skip
TEAM = (
    Look("team", "/app/team", "The team"),
    Look("team-manager", "/app/team", who="manager"),
    Look("team-alone", "/app/team", who="newcomer"),
    Look("member", "/app/team/{member}", "A manager's role and limits"),
    Look("member-remove", "/app/team/{member}", "Removing asks first",
         sheet="/app/team/{member}/remove"),
    Look("team-leave", "/app/team", sheet="/app/team/leave"),
    Look("team-left", "/app/team", "Left the business", who="leaver", sheet="/app/team/leave",
         does=(("click", "#sheet .btn.danger"),), shows="main .empty"),
    Look("invite", "/app/team/invites", "An invitation"),
    Look("invite-made", "/app/team/invites", "Its link, shown once", does=(("click", MAIN),),
         shows="#link"),
    Look("join", "/app/join/{invitation}", "What the invited see", who="nobody"),
    Look("join-not", "/app/join/nothing", "A link that is used up", who="nobody"),
    Look("no-business", "/app", "Somebody of no business", who="nobody"),
)  # fmt: skip
SECURITY = (
    Look("security", "/app/security", "Where one is signed in"),
    Look("security-done", "/app/security?done=ended", who="manager"),
    Look("security-everywhere", "/app/security", "Signing out everywhere",
         sheet="/app/security/everywhere"),
    Look("factor", "/app/security/factor", "No second factor yet"),
    Look("factor-scan", "/app/security/factor", "A picture for the phone",
         does=(("click", "#begin"),), shows="#seed"),
    Look("factor-on", "/app/security/factor", "The second factor is on", who="guarded"),
    Look("factor-codes", "/app/security/factor", "Recovery codes, shown once", who="guarded",
         does=(("recovery", "#f-code"), ("click", "#renew")), shows="#codes li"),
    Look("code", "/app/security/code?next=/app/team", "A code before what is dangerous",
         who="guarded"),
    Look("code-recovery", "/app/security/code?recovery=1&next=/app/team", who="guarded"),
    Look("code-wrong", "/app/security/code?next=/app/team", "A wrong code", who="guarded",
         does=(("fill", "#f-code", "000000"), ("click", MAIN)), shows=".er"),
)  # fmt: skip
CHANNELS = (
    Look("bots", "/app/bots", "Bots"),
    Look("bots-none", "/app/bots", "No bot yet", who="newcomer"),
    Look("bot", "/app/bots/{bot}", "A bot: what works, line by line"),
    Look("bot-manager", "/app/bots/{bot}", who="manager"),
    Look("bot-new", "/app/bots/new", "Connecting a bot"),
    Look("bot-wrong", "/app/bots/new", "A wrong token",
         does=(("fill", "#f-token", "чепуха"), ("click", MAIN)), shows="#f-token-er"),
    Look("bot-keys", "/app/bots/{bot}/keys"),
    Look("bot-errors", "/app/bots/{bot}/errors"),
    Look("bot-renew", "/app/bots/{bot}", "A new webhook address asks first",
         sheet="/app/bots/{bot}/hook"),
    Look("bot-remove", "/app/bots/{bot}", sheet="/app/bots/{bot}/remove"),
    Look("accounts", "/app/accounts", "Accounts"),
    Look("accounts-none", "/app/accounts", "No account yet", who="newcomer"),
    Look("account", "/app/accounts/{account}", "An account that works"),
    Look("account-refused", "/app/accounts/{refused}", "An account whose key has expired"),
    Look("account-analyst", "/app/accounts/{refused}", who="analyst"),
    Look("account-new", "/app/accounts/new", "Connecting an account"),
    Look("account-keys", "/app/accounts/{refused}/keys", "A new key"),
    Look("account-errors", "/app/accounts/{account}/errors", "The journal of failed calls"),
    Look("account-renew", "/app/accounts/{account}", sheet="/app/accounts/{account}/hook"),
    Look("account-remove", "/app/accounts/{account}", "Disconnecting asks first",
         sheet="/app/accounts/{account}/remove"),
)  # fmt: skip
WORK = (
    Look("groups", "/app/workspaces", "Groups of the team"),
    Look("groups-none", "/app/workspaces", "No group yet", who="newcomer"),
    Look("group", "/app/workspaces/{group0}", "A group: rights, and whose buyers come"),
    Look("group-lost", "/app/workspaces/{group1}", "A group the bot was removed from"),
    Look("group-manager", "/app/workspaces/{group0}", who="manager"),
    Look("terms", "/app/workspaces/terms", "Hours and targets"),
    Look("terms-analyst", "/app/workspaces/terms", "The same for who may only read",
         who="analyst"),
    Look("terms-wrong", "/app/workspaces/terms", "Hours nobody understands",
         does=(("fill", "#f-mon", "с девяти"), ("click", MAIN)), shows="#f-mon-er"),
    Look("canned", "/app/canned", "Ready answers"),
    Look("canned-none", "/app/canned", "No ready answer yet", who="newcomer"),
    Look("canned-analyst", "/app/canned", who="analyst"),
    Look("canned-new", "/app/canned/new", "A new ready answer"),
    Look("canned-wrong", "/app/canned/new", "A ready answer without words",
         does=(("fill", "#f-name", "адрес"), ("fill", "#f-text", "   "), ("click", MAIN)),
         shows=".er"),
    Look("canned-one", "/app/canned/{canned}", "A ready answer"),
    Look("canned-remove", "/app/canned/{canned}", sheet="/app/canned/{canned}/remove"),
    Look("settings", "/app/settings", "Settings"),
    Look("settings-billing", "/app/settings", "Settings for who may only read", who="billing"),
    Look("settings-wrong", "/app/settings",
         does=(("fill", "#f-quiet_from", "22:00"), ("click", "#me-save")), shows=".er"),
    Look("settings-asked", "/app/settings", "Erasing old messages asks first",
         does=(("choose", "#f-retention_days", "365"), ("click", "#business-save")),
         shows="#sure"),
)  # fmt: skip
STATES = (
    Look("sign-in", "/app", "The way in from a browser", who=NOBODY, shows="main .btn"),
    Look("sign-in-refused", "/app/?problem=auth.login_denied", "Sign-in that was refused",
         who=NOBODY, shows="main .btn"),
    Look("sign-in-over", f"/app{OVER}", "A start that is used up", who=NOBODY,
         shows="main .btn"),
    Look("not-here", "/app/nothing", "No such page"),
    Look("not-yours", "/app/dialogs/00000000-0000-0000-0000-000000000000"),
    Look("no-rights", "/app/team/invites", "No rights, and who can help", who="analyst"),
    Look("no-rights-bots", "/app/bots", who="billing"),
    Look("failed", "/app/broken", "A page that failed, with a code for support", broken=True),
    Look("lost", "/app", "A page that did not come",
         does=(("lose", "**/app/dialogs"), ("click", "#tab-dialogs")),
         shows="main [data-retry]"),
    Look("slow", "/app", "The shape of rows while they are on their way",
         does=(("stall", "**/app/dialogs"), ("click", "#tab-dialogs")), shows="main .sk"),
    Look("offline", "/app/dialogs", "No network", does=(("offline", ""),), shows="#offline"),
)  # fmt: skip
LOOKS = tuple(_looks())
