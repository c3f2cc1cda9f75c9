"""Who is calling: sessions of people, keys of machines, and the gate between callers and views."""
