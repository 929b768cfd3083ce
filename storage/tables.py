"""All tables: importing this makes the metadata whole, so that no foreign key points nowhere."""

from importlib import import_module
from pathlib import Path

from storage import marks, media, trail
from storage.base import Base

#: The tables that belong to no domain.
BESIDE = (marks, media, trail)

for _file in sorted(Path(__file__).parent.glob("*/*tables.py")):
    import_module(f"storage.{_file.parent.name}.{_file.stem}")

#: Every table by its name.
metadata = Base.metadata
