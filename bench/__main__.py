"""``python -m bench``: what ``make bench`` prints.

The first table is a conversation: 500 people, 9 updates each, on one stand-in Bot API server in a process of its own.
Each bot runs in a process of its own too. ``this bot`` commits every update to SQLite (synchronous=FULL) before it
is confirmed; the two others ask the same questions with their libraries' own state machines and save to SQLite at the
end. ``p50`` and ``p99`` are how long a person waits for the answer; memory is the process's peak.

The second table is the time of each screen's queries, on a full database and on one a hundredth the size.

The third is a peak month of 50.000 people: what was sent, what was held back and why, and how often a rule was broken.
"""

import argparse

from bench import conversation, month, queries


def main() -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    options.add_argument("--quick", action="store_true", help="a small run: fewer people, a small database")
    options.add_argument("--only", choices=["conversation", "queries", "month"], help="one of the tables")
    chosen = options.parse_args()
    if chosen.only in (None, "conversation"):
        conversation.measure(people=50 if chosen.quick else 500)
    if chosen.only in (None, "queries"):
        queries.measure(20_000 if chosen.quick else 1_000_000)
    if chosen.only in (None, "month"):
        month.measure(*((2_000, 60) if chosen.quick else (50_000, 300)))


if __name__ == "__main__":
    main()
