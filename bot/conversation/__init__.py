"""The vocabulary of a conversation: what comes in, what is shown, forms, and the parsers of what people type."""
