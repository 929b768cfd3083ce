"""Where people are in talking to the bot: forms, drafts, lists to choose from, updates, transcripts."""
