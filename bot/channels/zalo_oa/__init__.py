"""The Zalo Official Account: its events, its messages, its errors, and the tokens by which it lets us in."""
