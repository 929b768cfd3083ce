"""Thanks and naming."""
