"""The settings of the web."""

from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from bot.config.section import Section


class WebSettings(Section):
    """The web chat, webhooks and pages."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    #: What people's browsers and posters use; empty: http://host:port.
    public_url: str = ""
    #: Further names by which browsers come here; any other is refused.
    hosts: tuple[str, ...] = ()
    #: The proxies (addresses or networks) whose word on who is behind them is believed.
    trusted_proxies: tuple[str, ...] = ()
    #: How long a browser stays signed in, and how long one that is not used.
    session_days: int = Field(180, ge=1, le=400)
    session_idle_days: int = Field(60, ge=1, le=400)

    #: Connections at once, as far as the system has handles for them; from one address, which gets half at most.
    connections: int = Field(8_000, ge=20, le=1_000_000)
    connections_per_address: int = Field(2_000, ge=10, le=1_000_000)
    #: How long a request's headers may take, and how long they may be.
    header_seconds: float = Field(10.0, ge=1, le=120)
    header_kilobytes: int = Field(16, ge=8, le=256)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for one in proxies:
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise ValueError(f"{one!r} must be an address or a network such as 10.0.0.0/8") from None
        return proxies

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise ValueError("must be like https://sangkien.example.vn")
        return url.rstrip("/")

    @property
    def root(self) -> str:
        """The address that links begin with."""
        return self.public_url or f"http://{self.host}:{self.port}"
