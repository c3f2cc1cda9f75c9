"""What people are told in private: alerts, all clears and news, through the master bot.

A **notice** is a row in the tenant it concerns, written in the transaction that caused it. The
pump turns it into **copies**, one per person, in the platform's own transaction: the master bot is
the platform's channel. Invariants: one notice, one message per person; an all clear answers its
alert; what can wait waits for the end of a person's quiet hours, and is never told if it is over
by then.
"""
