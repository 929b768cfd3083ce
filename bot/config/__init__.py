"""All settings, typed: from a TOML file and from the environment (``SANGKIEN_SECTION__NAME``), which goes first."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.config.audit import AuditSettings
from bot.config.keeping import KeepingSettings
from bot.config.limits import LimitSettings
from bot.config.secrets import SecretsSettings
from bot.config.section import Section
from bot.config.web import WebSettings
from bot.stretches import minutes_of, span

ENV_PREFIX = "SANGKIEN_"
#: Where the file is, for commands that are not told so with ``--config``.
CONFIG_FILE = f"{ENV_PREFIX}CONFIG"


class WrongSetting(Exception):
    """A setting that cannot be used; the text names it and says why."""


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: str = "sqlite:///data/sangkien.db"
    #: With several processes on PostgreSQL: seconds after which one that says nothing is taken for dead.
    dead_after: float = Field(15.0, ge=1, le=600)

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        scheme = url.partition("://")[0].partition("+")[0]
        if scheme not in ("sqlite", "postgresql"):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url


class MediaSettings(Section):
    """Where photos and documents are kept."""

    folder: Path = Path("data/media")


class BroadcastSettings(Section):
    """Messages that officers and support teams write to many people."""

    #: From so many people on, another officer has to agree.
    second_yes_from: int = Field(500, ge=1)


#: Who is reminded has a night to themselves, whatever an administrator would like.
_SHORTEST_NIGHT = timedelta(hours=6)
#: So much of a day has to be left in which a reminder may come.
_LEAST_AWAKE = timedelta(hours=4)


class ReminderSettings(Section):
    """When reminders leave people alone: everybody at night, and each shift while it sleeps."""

    night: str = "21:00-07:00"
    #: When who works in a shift sleeps besides; empty: the night is enough.
    morning_shift: str = "20:00-05:00"
    afternoon_shift: str = "00:00-08:30"
    night_shift: str = "06:30-13:30"
    office_hours: str = ""

    @field_validator("night")
    @classmethod
    def _night(cls, written: str) -> str:
        if timedelta(minutes=len(minutes_of(span(written)))) < _SHORTEST_NIGHT:
            raise ValueError("must leave people at least 6 hours of night")
        return written

    @field_validator("morning_shift", "afternoon_shift", "night_shift", "office_hours")
    @classmethod
    def _sleep(cls, written: str, info: ValidationInfo) -> str:
        if not written.strip():
            return ""
        # A night that was refused is named by itself.
        night = info.data.get("night")
        taken = minutes_of(span(written)) | (minutes_of(span(night)) if night else set())
        if timedelta(days=1, minutes=-len(taken)) < _LEAST_AWAKE:
            raise ValueError("leaves, with the night, less than 4 hours of a day for a reminder")
        return written


class _Messenger(Section):
    """A messenger: off until something of it is set."""


class TelegramSettings(_Messenger):
    """The Telegram bot; off without a token."""

    token: SecretStr = SecretStr("")
    api: str = "https://api.telegram.org"
    proxy: str = ""
    mode: Literal["polling", "webhook"] = "polling"
    #: Sent by Telegram with each webhook call; needed for ``mode = "webhook"``.
    webhook_secret: SecretStr = SecretStr("")
    #: Telegram's ceilings: messages a second in all and to one chat, messages a minute to one group; 0 for none.
    per_second: float = Field(30.0, ge=0, le=1000)
    chat_per_second: float = Field(1.0, ge=0, le=1000)
    group_per_minute: float = Field(20.0, ge=0, le=60_000)

    @field_validator("api")
    @classmethod
    def _root(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise ValueError("must be the server's root, like https://api.telegram.org")
        return url.rstrip("/")

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("must be like http://proxy.example:3128")
        return url

    @field_validator("token")
    @classmethod
    def _token(cls, token: SecretStr) -> SecretStr:
        value = token.get_secret_value()
        if value and (":" not in value or any(char.isspace() for char in value)):
            raise ValueError("must look like 123456:ABC-DEF (as @BotFather gives it)")
        return token

    @model_validator(mode="after")
    def _whole(self) -> "TelegramSettings":
        if self.mode == "webhook" and len(self.webhook_secret.get_secret_value()) < 8:
            raise ValueError("webhook_secret must have at least 8 characters for mode = webhook")
        return self


class ZaloBotSettings(_Messenger):
    """A bot of the Zalo Bot Platform; off without a token."""

    token: SecretStr = SecretStr("")
    api: str = "https://bot-api.zaloplatforms.com"
    mode: Literal["polling", "webhook"] = "polling"
    #: Sent by Zalo with each webhook call; needed for ``mode = "webhook"``.
    webhook_secret: SecretStr = SecretStr("")
    #: The address that opens the bot in Zalo, for the pages before the chat; empty: it is not offered there.
    link: str = ""
    #: The plan's ceilings, 0 for none: messages a calendar month, and people.
    monthly_messages: int = Field(3_000, ge=0)
    people: int = Field(50, ge=0)
    #: Messages a second in all and to one chat; 0 for no limit.
    per_second: float = Field(10.0, ge=0, le=1000)
    chat_per_second: float = Field(1.0, ge=0, le=1000)
    #: Origins in our own network that photos may be fetched from: a relay of the union's own.
    photos_from: tuple[str, ...] = ()

    @field_validator("api")
    @classmethod
    def _root(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise ValueError("must be the server's root, like https://bot-api.zaloplatforms.com")
        return url.rstrip("/")

    @field_validator("link")
    @classmethod
    def _link(cls, url: str) -> str:
        if url and (urlsplit(url).scheme != "https" or not urlsplit(url).netloc):
            raise ValueError("must be like https://zalo.me/…")
        return url

    @field_validator("token")
    @classmethod
    def _token(cls, token: SecretStr) -> SecretStr:
        if any(char.isspace() or char in "/?#" for char in token.get_secret_value()):
            raise ValueError("must be the token alone, as Zalo gives it")
        return token

    @model_validator(mode="after")
    def _whole(self) -> "ZaloBotSettings":
        if self.mode == "webhook" and not 8 <= len(self.webhook_secret.get_secret_value()) <= 256:
            raise ValueError("webhook_secret must have 8 to 256 characters for mode = webhook")
        return self


class ZaloOaSettings(_Messenger):
    """The Zalo Official Account; off without an app id."""

    app_id: str = Field("", pattern=r"^\d{0,30}$")
    app_secret: SecretStr = SecretStr("")
    #: Signs what Zalo posts. Some accounts have none of their own: then the app's secret signs.
    oa_secret_key: SecretStr = SecretStr("")
    oa_id: str = Field("", pattern=r"^\d{0,30}$")
    #: The first one; those that follow are kept in the database.
    refresh_token: SecretStr = SecretStr("")
    #: The code of Zalo's page for verifying a domain.
    domain_code: str = Field("", pattern=r"^[\w-]{0,100}$")
    #: Requests a minute.
    per_minute: float = Field(4000.0, ge=0, le=100_000)
    #: Write between the 48th hour and the seventh day too, which is paid for or taken from a quota.
    uses_quota: bool = True
    #: A template that Zalo has approved, sent to who may get nothing else; paid for each time.
    paid_template: str = ""
    paid_template_field: str = "noi_dung"
    paid_template_longest: int = Field(200, ge=10, le=400)
    buttons: bool = True
    button_longest: int = Field(100, ge=10, le=100)
    uploads: Literal["v2.0", "v3.0"] = "v2.0"
    #: Also sign each request with the app's secret.
    proof: bool = False
    api: str = "https://openapi.zalo.me"
    oauth: str = "https://oauth.zaloapp.com"
    #: An origin in our own network from which photos may be fetched too.
    files_from: str = ""

    @field_validator("api", "oauth", "files_from")
    @classmethod
    def _root(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise ValueError("must be the server's root, like https://openapi.zalo.me")
        return url.rstrip("/")

    @field_validator("api", "oauth")
    @classmethod
    def _given(cls, url: str) -> str:
        if not url:
            raise ValueError("must not be empty")
        return url

    @model_validator(mode="after")
    def _whole(self) -> "ZaloOaSettings":
        if self.app_id and not self.app_secret.get_secret_value():
            raise ValueError("app_secret is needed beside app_id (developers.zalo.me shows both)")
        return self

    @property
    def signing_key(self) -> str:
        """What signs the events."""
        return self.oa_secret_key.get_secret_value() or self.app_secret.get_secret_value()


class TerminalSettings(Section):
    """Talking to the bot in a terminal; the command ``chat`` switches it on."""

    on: bool = False
    #: Where the pictures and documents are put that the bot shows there.
    folder: Path = Path("data/chat")


class HolderSettings(Section):
    """Who holds the personal data; shown when consent is asked, as the law wants."""

    name: str = Field("Công đoàn cơ sở", min_length=2)
    contact: str = Field("liên hệ công đoàn cơ sở của bạn", min_length=2)


class LogSettings(Section):
    """How much is logged."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database: DatabaseSettings = DatabaseSettings()
    media: MediaSettings = MediaSettings()
    web: WebSettings = WebSettings()
    telegram: TelegramSettings = TelegramSettings()
    zalo_bot: ZaloBotSettings = ZaloBotSettings()
    zalo_oa: ZaloOaSettings = ZaloOaSettings()
    terminal: TerminalSettings = TerminalSettings()
    broadcasts: BroadcastSettings = BroadcastSettings()
    limits: LimitSettings = LimitSettings()
    secrets: SecretsSettings = SecretsSettings()
    audit: AuditSettings = AuditSettings()
    keeping: KeepingSettings = KeepingSettings()
    reminders: ReminderSettings = ReminderSettings()
    holder: HolderSettings = HolderSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then what the file said (given as initial values)."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load(path: Path | None, environ: dict[str, str]) -> Settings:
    """Read the settings. Raises :class:`WrongSetting` with one line that names the setting."""
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = TomlConfigSettingsSource(Settings, path)() if path.is_file() else _missing(path)
        except (OSError, ValueError) as problem:
            raise WrongSetting(f"{path}: {problem}") from None
    for name in environ:
        if name.startswith(ENV_PREFIX) and name != CONFIG_FILE and not _names_a_setting(name):
            raise WrongSetting(f"{name}: there is no such setting")
    try:
        return Settings(**values)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise WrongSetting(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
    except ValueError as problem:
        raise WrongSetting(str(problem).splitlines()[0]) from None


def _missing(path: Path) -> dict[str, Any]:
    raise WrongSetting(f"{path}: there is no such file")


def _names_a_setting(name: str) -> bool:
    section, _, rest = name.removeprefix(ENV_PREFIX).lower().partition("__")
    field = Settings.model_fields.get(section)
    if name.startswith(f"{ENV_PREFIX}TESTS_"):
        return True
    return (
        field is not None
        and isinstance(field.default, BaseModel)
        and rest in type(field.default).model_fields
    )


def _messengers() -> dict[str, _Messenger]:
    """The sections of messengers as they are when nothing is set: off."""
    return {
        name: field.default
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, _Messenger)
    }


def is_real(path: Path | None, environ: dict[str, str]) -> bool:
    """Whether somebody configured the bot for real: a file, a database, a messenger, a public address. Else it is the demo.

    In the demo anybody is an officer who likes to: nothing that others can reach is one.
    """
    if path is not None:
        return True
    web = f"{ENV_PREFIX}web__".upper()
    for name, value in environ.items():
        word = name.upper()
        if any(
            word.startswith(f"{ENV_PREFIX}{one}__".upper()) for one in ("database", "holder", *_messengers())
        ):
            return True
        host = {f"{web}PUBLIC_URL": urlsplit(value).hostname, f"{web}HOST": value}.get(word)
        if host and host not in ("localhost", "127.0.0.1", "::1"):
            return True
    return False


def in_terminal(settings: Settings) -> Settings:
    """The same settings for talking in a terminal: the terminal is on, all messengers are off."""
    on = settings.terminal.model_copy(update={"on": True})
    return settings.model_copy(update={**_messengers(), "terminal": on})
