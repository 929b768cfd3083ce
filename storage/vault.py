"""Secrets at rest: encrypted with a key from the settings when there is one, and readable by those that came before.

Without a key they are kept as they are, and what was kept so stays readable once there is one: it is encrypted when it
is written next, or all at once by ``secrets renew``.
"""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text, TypeDecorator

_MARK = "vault1:"


class WrongKey(Exception):
    """None of the keys opens what is kept."""


class Vault:
    """The keys of a process: the newest encrypts, each of them opens."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """``keys``: the newest first; whatever their form, 256 bits are made of each."""
        made = [Fernet(base64.urlsafe_b64encode(hashlib.sha256(one.encode()).digest())) for one in keys]
        self._keys = MultiFernet(made) if made else None

    def lock(self, text: str) -> str:
        """As it is kept."""
        return text if self._keys is None else _MARK + self._keys.encrypt(text.encode()).decode()

    def open(self, kept: str) -> str:
        """As it is used. Raises :class:`WrongKey`."""
        if not kept.startswith(_MARK):
            return kept
        if self._keys is None:
            raise WrongKey("what is kept is encrypted, and [secrets] keys names no key")
        try:
            return self._keys.decrypt(kept.removeprefix(_MARK).encode()).decode()
        except InvalidToken:
            raise WrongKey(
                "none of [secrets] keys opens what is kept: put the earlier key behind the new one"
            ) from None


_used = Vault()


def use(keys: Sequence[str]) -> None:
    """From now on this process works with these keys."""
    global _used  # noqa: PLW0603 - a process has one database and one set of keys
    _used = Vault(keys)


def lock(text: str) -> str:
    """With this process's keys; see :meth:`Vault.lock`."""
    return _used.lock(text)


def open_kept(kept: str) -> str:
    """With this process's keys; see :meth:`Vault.open`."""
    return _used.open(kept)


class SecretText(TypeDecorator[str]):
    """A column of a secret: whoever reads the file or a backup finds it encrypted."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """On its way to the database."""
        del dialect
        return None if value is None else lock(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """On its way back."""
        del dialect
        return None if value is None else open_kept(value)
