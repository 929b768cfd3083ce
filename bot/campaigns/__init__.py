"""What to remind whom of, and when: plans, the rules that protect people, and the clock that follows the plans."""
