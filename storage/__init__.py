"""Everything that lasts: the tables, and the queries on them. Knows nothing of the bot."""
