"""The Zalo Bot Platform: its calls, its messages, its errors. Small bots, free of charge, without buttons."""
