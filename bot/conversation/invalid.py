"""What a parser says when it cannot take an answer."""


class Invalid(ValueError):
    """An answer that cannot be taken. ``key`` is the sentence that says why and how to write it."""

    def __init__(self, key: str, **args: object) -> None:
        """``args`` fill the sentence."""
        super().__init__(key)
        self.key = key
        self.args_for_text = args
