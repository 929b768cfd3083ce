"""Talking to the bot in a terminal."""
