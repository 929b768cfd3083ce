"""How fast one person may write before being asked to slow down."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.conversation.vocabulary import Sayer, Screen

#: An album of ten pictures, or a handful of forwarded messages, come at once and are welcome.
BURST = 40
PER_SECOND = 2.0
_WARN_EVERY = timedelta(seconds=20)
_FORGET_ABOVE = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime
    warned_at: datetime | None = None


class Patience:
    """A bucket of messages for each account. Kept in memory: after a restart everyone starts full."""

    def __init__(self, clock: Clock, *, guests_a_day: int = 300) -> None:
        """The clock decides how fast buckets fill. ``guests_a_day``: how many messages of a guest are read."""
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._guests_a_day = guests_a_day
        self._guests: dict[tuple[str, str], tuple[date, int]] = {}

    def would_allow(self, key: tuple[str, str]) -> bool:
        """Whether one more message would be fine now; it is not counted."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return True
        passed = max(0.0, (self._clock.now() - bucket.at).total_seconds())
        return bucket.tokens + passed * PER_SECOND >= 1

    def allows_guest(self, key: tuple[str, str]) -> bool:
        """Whether one more message today is read of somebody who has not registered."""
        today = self._clock.now().date()
        day, count = self._guests.get(key, (today, 0))
        if day != today:
            count = 0
        if len(self._guests) > _FORGET_ABOVE:
            self._guests = {one: kept for one, kept in self._guests.items() if kept[0] == today}
        self._guests[key] = (today, count + 1)
        return count < self._guests_a_day

    def allows(self, key: tuple[str, str]) -> bool:
        """Whether one more message is fine now."""
        now = self._clock.now()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) > _FORGET_ABOVE:
                self._forget(now)
            bucket = self._buckets[key] = _Bucket(BURST, now)
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(float(BURST), bucket.tokens + passed * PER_SECOND)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def warning(self, say: Sayer, key: tuple[str, str]) -> tuple[Screen, ...]:
        """What to say about a message too many; once in a while only."""
        now = self._clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(0, now))
        if bucket.warned_at is not None and now - bucket.warned_at < _WARN_EVERY:
            return ()
        bucket.warned_at = now
        return (Screen(say("refusal.too_fast")),)

    def _forget(self, now: datetime) -> None:
        full = timedelta(seconds=BURST / PER_SECOND)
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket.at < full}
