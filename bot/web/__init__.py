"""The pages: the web chat, the doors to it, webhooks, health."""
