"""Raw inbound events: stored once before they are answered, handed over in order, each in one
transaction.

Words: an *event* is one thing a provider told us; a *subscriber* a feature's method run inside the
transaction that marks the event done; *parked* an event given up on, with its reason, replayable.
Invariants: nothing is answered 2xx before its row is on disk; one event key of a channel is one
row; a poison event never stops its lane longer than `rules.MAX_ATTEMPTS` tries.
"""
