"""The tree of unions."""
