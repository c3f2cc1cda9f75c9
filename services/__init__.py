"""Everything that is true without Telegram handlers or HTTP pages. Who may import whom: STYLE in ARCHITECTURE.md."""
