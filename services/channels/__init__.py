"""Connected accounts of tenants at providers, bots among them: credentials, tokens, webhooks,
health.

Words: a *channel* is one account; its *hook key* the random part of its webhook address; *status*
is
active, suspended(reason) until its owner mends it, or removed. A bot is a channel of kind master
or client.
Invariants: an account is live at most once per tenant, a bot at most once at all; credentials
leave this
package only as an opened `Account`; one token refresh at a time per channel over all processes.
"""
