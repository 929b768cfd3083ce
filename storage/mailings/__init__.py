"""Messages to many people."""
