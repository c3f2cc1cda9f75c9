"""How a person proves who they are, and what they hold afterwards.

Words: *initData* is what Telegram signs for the Mini App; *Telegram Login* is the same proof in a
browser (OpenID Connect); either is swapped once for a *session*, a row that a short *access token*
and a rotating *refresh token* point to; the *second factor* is a code from the person's phone;
*confirmed* says that a session gave one lately. Invariants: one user per Telegram id, whichever
way they came; a session works only while its row says so, so logout, removal and a changed role
act on the next call; a refresh token that was rotated away and comes back ends its session (the
same client repeating within seconds does not: ADR 0015).
"""
