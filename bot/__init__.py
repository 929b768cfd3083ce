"""Sáng kiến bot: workers submit improvements by chat, the support team decides, officers steer."""
