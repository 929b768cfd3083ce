"""Measurements: the bot beside other libraries, and the queries of its screens over a large union."""
