"""HTTP: one door for webhooks, the API, health; views parse, call one service method, render."""
