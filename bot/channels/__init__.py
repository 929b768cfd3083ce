"""The messengers: in is parsing, out is rendering. No rule of the domain is here."""
