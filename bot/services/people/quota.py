"""How many photos and documents one person may give in a day; counted before anything of them is kept."""

from dataclasses import dataclass

from bot.clock import Clock, local_date
from bot.delivery.channel import FileProblem
from storage.engine import Database
from storage.people import accounts as stored

#: A photo of a guest's; phones make larger ones, which messengers shrink.
GUESTS_LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """In a day, by the calendar where the units are."""

    files: int
    #: All of them together.
    size: int
    #: Of somebody who has not registered.
    guest_photos: int


class Quota:
    """Counts in the database, so that a restart and another process know it too."""

    def __init__(self, database: Database, clock: Clock, limits: Limits) -> None:
        """For all channels."""
        self._database = database
        self._clock = clock
        self._limits = limits

    async def take(self, channel: str, account: str, size: int, *, is_photo: bool) -> None:
        """Somebody gives a file of ``size`` bytes, by the account of its channel: count it.

        Raises :class:`FileProblem` for one too many, which is then not counted.
        """
        today = local_date(self._clock.now())
        async with self._database.write() as session:
            person = await stored.to_count(session, channel, account)
            if person is None:
                # Their first message brings it: they are made known when it is worked on.
                self._check_guests(size, 0, is_photo=is_photo)
                return
            files, together = (person.kept_files, person.kept_bytes) if person.kept_on == today else (0, 0)
            if person.registered_at is None:
                self._check_guests(size, files, is_photo=is_photo)
            elif files >= self._limits.files or together + size > self._limits.size:
                raise FileProblem("files.too_many_today")
            person.kept_on, person.kept_files, person.kept_bytes = today, files + 1, together + size

    async def look(self, channel: str, account: str, *, is_photo: bool) -> None:
        """Whether somebody may give one more file today, before it is there. Raises as :meth:`take`."""
        today = local_date(self._clock.now())
        async with self._database.read() as session:
            person = await stored.of_account(session, channel, account)
        files = person.kept_files if person is not None and person.kept_on == today else 0
        if person is None or person.registered_at is None:
            self._check_guests(0, files, is_photo=is_photo)
        elif files >= self._limits.files:
            raise FileProblem("files.too_many_today")

    def _check_guests(self, size: int, files: int, *, is_photo: bool) -> None:
        if not is_photo or size > GUESTS_LARGEST:
            raise FileProblem("files.register_first")
        if files >= self._limits.guest_photos:
            raise FileProblem("files.register_first")
