"""What is left where a person was erased."""

#: What stands where a person's name was.
ERASED_NAME = "—"
