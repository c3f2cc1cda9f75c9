"""Who is calling: API keys of machines (sign-in of people comes with the cabinet)."""
