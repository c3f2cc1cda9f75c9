"""Everything that is true without handlers or pages. Who may import whom: ARCHITECTURE.md."""
