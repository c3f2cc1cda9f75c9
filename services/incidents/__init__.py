"""What is wrong now, found from rows, once per rule and subject, and gone by itself.

A **rule** turns a reading (how many, how old, what share) into an **incident**: `rules` decides
with two thresholds and two patiences, so nothing flaps; `readings` asks the rows; `service` keeps
the incident rows and tells subscribers of openings and closings inside the same transaction.
`journal` keeps every failed provider call of a channel; `vitals` writes each process's pulse.
Invariant: at most one standing incident per tenant, rule and subject, held by a unique index.
"""
