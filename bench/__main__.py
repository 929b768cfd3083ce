"""``python -m bench``: what ``make bench`` prints.

``conversation``: 500 people, 9 updates each, on one stand-in Bot API server in a process of its own. Each bot runs in a
process of its own too. ``this bot`` commits every update to SQLite (synchronous=FULL) before it is confirmed; the two
others ask the same questions with their libraries' own state machines and save to SQLite at the end. ``p50`` and
``p99`` are how long a person waits for the answer; memory is the process's peak.

``doors``: the same conversation through each messenger's door, each against its own stand-in, and how much slower than
Telegram it is. ``CPU ms`` is what the bot's process needed for an update. Zalo's Bot Platform hands out one update a
poll and never again, so that each is on the disk before the next is asked for: its polling is slower by what it is.

``queries``: the time of each screen's queries, on a full database and on one a hundredth the size.

``rate``: a broadcast to 10.000 people at Telegram's limits, while 20 people talk to the bot. ``throughput``: how fast
one process delivers when no limit holds it, and in how much memory. ``opening``: making the rows of a campaign's opening
for a million people, and how long others wait meanwhile.

``month``: a peak month of 50.000 people: what was sent, what was held back and why, and how often a rule was broken.
"""

import argparse

from bench import conversation, doors, month, opening, queries, rate, throughput


def main() -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    options.add_argument("--quick", action="store_true", help="a small run: fewer people, a small database")
    tables = {
        "conversation": lambda quick: conversation.measure(people=50 if quick else 500),
        "doors": lambda quick: doors.measure(*((50, 1) if quick else (500, 3))),
        "queries": lambda quick: queries.measure(20_000 if quick else 1_000_000),
        "rate": lambda quick: rate.measure(1_000 if quick else 10_000),
        "throughput": lambda quick: throughput.measure(50_000 if quick else 1_000_000),
        "opening": lambda quick: opening.measure(50_000 if quick else 1_000_000),
        "month": lambda quick: month.measure(*((2_000, 60) if quick else (50_000, 300))),
    }
    options.add_argument("--only", choices=tables, help="one of the tables")
    chosen = options.parse_args()
    for name, measure in tables.items():
        if chosen.only in (None, name):
            measure(chosen.quick)


if __name__ == "__main__":
    main()
