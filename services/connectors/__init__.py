"""The contract between the pipeline and a provider: messages, powers, errors, the registry.

Words: a *provider* is a company's API, a *connector* our adapter to it, a *channel* one tenant's
account there. Features depend on this package only; folders in `services.providers` fulfil it.
"""
