"""What the bot still has to say, who sends it, and how it reaches people."""
