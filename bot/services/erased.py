"""What is left where a person was erased."""

from collections.abc import Mapping

#: What stands where a person's name was.
ERASED_NAME = "—"
#: What is left of an author who was erased, besides the share.
NOBODY: Mapping[str, str | None] = {
    "name": ERASED_NAME,
    "name_folded": "",
    "born": None,
    "workplace": None,
    "title": None,
    "qualification": None,
}
