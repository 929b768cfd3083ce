"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.services.refusal import Refusal


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file to write beside the target; it takes the target's place when the block ends well.

    Raises :class:`Refusal` when it cannot be written.
    """
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        os.close(handle)
        part = Path(name)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as problem:
        raise Refusal("cli.cannot_write", file=str(target), problem=problem.strerror or "") from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
