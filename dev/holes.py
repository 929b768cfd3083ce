"""Known holes of the libraries in the lock: checked against a list in the project, which one command renews.

``python -m dev.holes`` compares ``requirements/*.txt`` with ``requirements/known-holes.json``, also where no database can
be reached, and ends with 1 where a pinned version has a hole. ``--renew`` asks OSV (https://osv.dev) about every pinned
library and writes the list anew. A hole that does not concern us stands in ``accepted`` with its reason, until a day.
"""

import json
import re
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from packaging.version import InvalidVersion, Version

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
LIST = REQUIREMENTS / "known-holes.json"
OSV = "https://api.osv.dev/v1/query"
#: Older than this, the list says little about what is known today.
_OLD_DAYS = 30
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)
_LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hole:
    """A hole that a pinned version has."""

    package: str
    version: str
    id: str
    fixed: str
    summary: str


def pinned(folder: Path = REQUIREMENTS) -> dict[str, str]:
    """The libraries in the lock, and their versions."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.txt")):
        for name, version in _PINNED.findall(file.read_text("utf-8")):
            found[re.sub(r"[-_.]+", "-", name).lower()] = version
    return found


def is_affected(version: str, hole: Mapping[str, Any]) -> str | None:
    """In which version it is mended, for a version that has the hole ("" where in none yet); None for any other."""
    try:
        ours = Version(version)
    except InvalidVersion:
        return None
    if version in hole.get("versions", ()):
        return str(hole.get("fixed", ""))
    for one in hole.get("ranges", ()):
        begins, fixed, last = one.get("introduced", "0"), one.get("fixed"), one.get("last_affected")
        if begins not in ("", "0") and ours < Version(begins):
            continue
        if fixed is not None and ours >= Version(fixed):
            continue
        if last is not None and ours > Version(last):
            continue
        return fixed or ""
    return None


def holes(known: Mapping[str, Any], lock: Mapping[str, str], today: date) -> Iterator[Hole]:
    """The holes of what is pinned, but for those that are accepted until a later day."""
    accepted = {one["id"]: date.fromisoformat(one["until"]) for one in known.get("accepted", ())}
    for name, version in lock.items():
        for hole in known["packages"].get(name, ()):
            fixed = is_affected(version, hole)
            if fixed is not None and accepted.get(hole["id"], date.min) < today:
                yield Hole(name, version, hole["id"], fixed, hole.get("summary", ""))


def ask(lock: Mapping[str, str], url: str = OSV) -> dict[str, list[dict[str, Any]]]:
    """What OSV knows of these libraries, whatever their version."""
    found = {}
    for name in lock:
        body = json.dumps({"package": {"name": name, "ecosystem": "PyPI"}}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - https, or a test's
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            told = json.loads(answer.read(_LARGEST))
        listed = [_hole(one, name) for one in told.get("vulns", ()) if not one.get("withdrawn")]
        if listed:
            found[name] = sorted(listed, key=lambda one: str(one["id"]))
        click.echo(f"{name}: {len(listed)}", err=True)
    return found


def _hole(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    ranges, versions = [], []
    for affected in told.get("affected", ()):
        if affected.get("package", {}).get("name", "").lower().replace("_", "-") != name:
            continue
        versions += affected.get("versions", ())
        for one in affected.get("ranges", ()):
            if one.get("type") != "ECOSYSTEM":
                continue
            current: dict[str, str] = {}
            for event in one.get("events", ()):
                if "introduced" in event:
                    current = {"introduced": event["introduced"]}
                    ranges.append(current)
                current.update({key: event[key] for key in ("fixed", "last_affected") if key in event})
    # Where there are ranges, the list of all versions says the same once more.
    kept = {"ranges": ranges} if ranges else {"versions": sorted(set(versions))}
    return {"id": told["id"], "summary": str(told.get("summary", ""))[:160], **kept}


def main(words: Sequence[str]) -> int:
    """The command; gives how it ends."""
    lock, known, today = pinned(), json.loads(LIST.read_text("utf-8")), datetime.now(UTC).date()
    if "--renew" in words:
        known = {**known, "asked_on": today.isoformat(), "source": OSV, "packages": ask(lock)}
        LIST.write_text(json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    found = list(holes(known, lock, today))
    for one in found:
        mended = f"mended in {one.fixed}" if one.fixed else "not mended yet"
        click.echo(f"{one.package} {one.version}: {one.id}, {mended}. {one.summary}")
    asked = known.get("asked_on")
    if asked is None:
        click.echo(
            "The list of known holes was made by hand and never asked for: make holes RENEW=1, where OSV can be reached."
        )
    elif (today - date.fromisoformat(asked)).days > _OLD_DAYS:
        click.echo(f"The list of known holes is of {asked}: make holes RENEW=1")
    click.echo(f"{len(lock)} libraries, {len(found)} known holes (list of {asked or 'an unknown day'}).")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
