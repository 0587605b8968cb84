"""Files that come with a form: kept by their hash at once, before anything else is looked at, so that none is lost.

It never trusts a name or a type that the browser declares; whether a field accepts the file is for engine/forms to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import BinaryIO, cast

from flask import request

from engine.errors import AnswersRefused, FileRefused
from engine.outlets.files import TYPES, keep
from web.forms import sentences
from web.messages import say
from web.request import house

MOST_FILES = 40
_EVERY_TYPE = tuple(TYPES)
_INDEX = re.compile(r"\[([0-9]{1,3})\]")


@dataclass(frozen=True)
class Uploads:
    """What was kept, by HTML name, and what was refused: {dotted path of the field: sentences}."""

    kept: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    refused: Mapping[str, list[str]] = field(default_factory=dict)

    def require_whole(self, check: Callable[[], object]) -> None:
        """Refuse answers with a file that was refused; `check` tells first what else does not hold.

        Raises: AnswersRefused, to be said with `beside`.
        """
        if self.refused:
            check()
            raise AnswersRefused(errors={})

    def beside(self, answers: AnswersRefused) -> dict[str, list[str]]:
        """Return the sentences of refused answers; a file that was refused speaks for its field."""
        said = sentences(answers.facts["errors"])  # type: ignore[arg-type]  # the error's own fact
        return said | dict(self.refused)


def receive() -> Uploads:
    """Keep every file of the request. It holds no transaction: writing a file is slow."""
    kept: dict[str, list[Mapping[str, object]]] = {}
    refused: dict[str, list[str]] = {}
    home = house()
    for name, part in list(request.files.items(multi=True))[:MOST_FILES]:
        if not part.filename:
            continue
        try:
            stored = keep(
                cast(BinaryIO, part.stream),
                part.filename,
                home.settings.upload_limit_bytes,
                _EVERY_TYPE,
                home.settings.files_dir,
                field=name,
            )
        except FileRefused as fault:
            refused.setdefault(_INDEX.sub(r".\1", name), []).append(say(fault).sentence)
        else:
            kept.setdefault(name, []).append(asdict(stored))
    return Uploads(kept, refused)
