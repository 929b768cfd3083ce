"""Getting what the bot says to people: what a channel must offer, and the outbox that is delivered over it."""
