"""Leased sources that are asked: histories that audit webhooks, updates of bots nobody can call.

Words: a *source* is one channel that is pulled; a *miss* an event the webhook should have brought
and the poll found first; an *expected* event one the webhook brought and the history has yet to
show. Invariants: one owner per source at a time, held by a lease in database time; a stale owner's
writes are refused by the fence; the cursor moves only after the events before it are stored; one
account's trouble slows that account alone.
"""
