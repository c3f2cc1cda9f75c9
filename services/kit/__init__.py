"""Tools without domain: database, time, ids, crypto, HTTP, queue, logs, settings."""
