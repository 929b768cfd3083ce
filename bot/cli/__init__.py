"""The administrator's command line: ``python -m bot``. Each domain's folder says its ``COMMANDS``."""
