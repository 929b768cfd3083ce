"""Every sentence a person reads: loaded from the locale files, filled in, with numbers and dates as people write them."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from bot.clock import LOCAL_ZONE

LOCALES = Path(__file__).parent / "locales"
DEFAULT_LANGUAGE = "vi"
LANGUAGES = ("vi", "en")


class UnknownText(LookupError):
    """No sentence has this key in any language."""


class Say:
    """The sentences in one language.

    ``say("mine.empty")`` gives the sentence as markup in which only our own tags stand; whatever is filled in is
    escaped. A sentence with plural forms is chosen by the argument ``n``. Numbers given as int are written with the
    language's separators. Raises :class:`UnknownText` for a key that no locale file has.
    """

    def __init__(self, language: str, sentences: Mapping[str, Markup], spare: Mapping[str, Markup]) -> None:
        """``spare`` is asked where ``sentences`` has no such key."""
        self.language = language
        self._sentences = sentences
        self._spare = spare

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.language)

    def __call__(self, key: str, /, **args: object) -> Markup:
        """The sentence of a key, filled in."""
        template = self._find(key, args)
        if not args:
            return template.format() if "{" in template else template
        return template.format(**{name: self._shown(value) for name, value in args.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._sentences or key in self._spare

    def says_itself(self, key: str) -> bool:
        """Whether this very language has the sentence, or its plural forms."""
        return key in self._sentences or f"{key}.other" in self._sentences

    def under(self, prefix: str) -> dict[str, str]:
        """All sentences below a key, by the rest of their key; for a page's script."""
        found = {**self._spare, **self._sentences}
        return {
            key.removeprefix(prefix + "."): str(text)
            for key, text in found.items()
            if key.startswith(prefix + ".")
        }

    def _find(self, key: str, args: Mapping[str, object]) -> Markup:
        for sentences in (self._sentences, self._spare):
            if key in sentences:
                return sentences[key]
            n = args.get("n")
            if isinstance(n, int):
                form = self._locale.plural_form(n)
                for candidate in (f"{key}.{form}", f"{key}.other"):
                    if candidate in sentences:
                        return sentences[candidate]
        raise UnknownText(key)

    def _shown(self, value: object) -> object:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return self.number(value)
        return value

    def number(self, value: float) -> str:
        """9493 → ``9.493``."""
        return str(format_decimal(value, locale=self._locale))

    def percent(self, part: float) -> str:
        """0.5933 → ``59,3 %``."""
        return str(format_percent(part, format="#,##0.#\u00a0%", locale=self._locale))

    def money(self, vnd: int) -> str:
        """15000000 → ``15.000.000 đ``."""
        return f"{self.number(vnd)}\u00a0đ"

    def date(self, day: date) -> str:
        """15/3/2022 in Vietnamese, 15 Mar 2022 in English."""
        return str(
            format_date(day, format="d/M/y" if self.language == "vi" else "d MMM y", locale=self._locale)
        )

    def moment(self, moment: datetime) -> str:
        """A moment in the units' zone: ``14:05 15/3/2022``."""
        pattern = "HH:mm d/M/y" if self.language == "vi" else "d MMM y, HH:mm"
        return str(format_datetime(moment, pattern, tzinfo=LOCAL_ZONE, locale=self._locale))


class Texts:
    """The sentences of all languages."""

    def __init__(self, by_language: Mapping[str, Mapping[str, Markup]]) -> None:
        """``by_language`` maps a language to its sentences by key."""
        spare = by_language[DEFAULT_LANGUAGE]
        self._say = {language: Say(language, found, spare) for language, found in by_language.items()}

    @classmethod
    @cache
    def load(cls, folder: Path = LOCALES) -> "Texts":
        """Read ``<folder>/<language>/<domain>/<topic>.toml``; a sentence's key is ``topic.name``. A folder is read once.

        A topic may be told in several domains, each of which says its own sentences of it. Raises ValueError for a
        sentence that is said twice.
        """
        return cls({language: _once(_read(folder / language)) for language in LANGUAGES})

    def say(self, language: str | None) -> Say:
        """The sentences of a language, or of the default one."""
        return self._say.get(language or DEFAULT_LANGUAGE, self._say[DEFAULT_LANGUAGE])


def _once(sentences: Iterator[tuple[str, Markup]]) -> dict[str, Markup]:
    found: dict[str, Markup] = {}
    for key, sentence in sentences:
        if key in found:
            raise ValueError(f"{key} is said twice")
        found[key] = sentence
    return found


def _read(folder: Path) -> Iterator[tuple[str, Markup]]:
    for path in sorted(folder.rglob("*.toml")):
        yield from _flatten(path.stem, tomllib.loads(path.read_text("utf-8")))


def _flatten(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, Markup]]:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            yield from _flatten(key, value)
        else:
            # The files are ours, so their tags are trusted; what is filled in never is.
            yield key, Markup(str(value).strip("\n"))  # noqa: S704 - ours alone
