"""The support team's check."""
