"""Deliveries: the duty to perform one action at one channel, paced, retried, settled or parked.

Words: a *delivery* moves due → calling → sent → delivered → read, or to retry, parked(reason),
unknown, skipped(reason); an *attempt* is one call; its *class* bridge > service > campaign >
cosmetic; its *order key* (a conversation) is served one call at a time, oldest first; a *batch* is
the switch a group hangs on. Invariants: the attempt is on disk before the call; one idempotency
key of a tenant is one delivery; states never move down; what may have reached the other side is
never repeated unmarked.
"""
