"""What one can do here, and in which language."""
