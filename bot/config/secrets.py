"""The settings of how secrets are kept in the database."""

from pydantic import Field, SecretStr, field_validator

from bot.config.section import Section

_SHORTEST = 32


class SecretsSettings(Section):
    """Keys that encrypt what the database keeps of others' services, and what signs the addresses of pictures."""

    #: The newest first: it encrypts. Earlier ones still open what they encrypted.
    keys: tuple[SecretStr, ...] = Field(())

    @field_validator("keys")
    @classmethod
    def _long(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(one.get_secret_value()) < _SHORTEST for one in keys):
            raise ValueError(
                f"each key has at least {_SHORTEST} characters that nobody can guess (openssl rand -hex 32)"
            )
        return keys
