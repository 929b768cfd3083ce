"""How a service says no."""


class Refusal(Exception):
    """What was asked cannot be done. ``key`` is the sentence that says why and what to do; nothing was changed."""

    def __init__(self, key: str, **args: object) -> None:
        """``args`` fill the sentence."""
        super().__init__(key)
        self.key = key
        self.args_for_text = args


class Forbidden(Refusal):
    """The person has no right to this, whatever button they pressed."""

    def __init__(self, key: str = "refusal.forbidden", **args: object) -> None:
        """Mostly with the plain sentence."""
        super().__init__(key, **args)
