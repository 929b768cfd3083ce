"""Telegram: its updates, its messages, its errors. python-telegram-bot is imported here and nowhere else."""
