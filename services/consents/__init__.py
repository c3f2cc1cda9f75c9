"""What people allow, as events that are only ever added; what they allow now is a fold over them.

Words: an *event* grants or withdraws a *purpose* (service, marketing, personal_data; `all`
withdraws every one) on a *channel*; a *suppression* is an address that gets nothing, whatever was
granted. Invariants: events are never changed; a withdrawal counts from the moment it committed; a
change locks the contact's identity first, so that a claim of the outbox sees it or waits for it.
"""
