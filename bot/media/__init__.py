"""Pictures and documents: checked, made fit to keep, and stored."""
