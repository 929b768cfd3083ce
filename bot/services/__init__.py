"""The use cases: rights, rules, changes of state and their audit trail. Each takes a :class:`bot.services.act.Act`."""
