"""What was wrong with a form when it was sent, carried by the page until the field in question changes.

Fields come back from the server whenever a condition may have changed; what stood beside them then would be gone. So
the page carries each error with a print of the answer that it was about. Whether an answer holds is not judged here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec
from werkzeug.datastructures import MultiDict

from engine.forms.view import Shown
from web.forms import flat

CARRIED = "_erro"  # one for each field with an error: [path, print of its answer, sentences]
_MOST, _LONGEST = 200, 2000


def carried(one: Shown, sentences: Sequence[str]) -> str:
    """Return what the page carries of an error beside a field."""
    return msgspec.json.encode([one.path, _print(one), sentences]).decode()


def standing(shown: Sequence[Shown], post: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return {path: sentences} of the errors that a page carried, without those whose fields have changed or gone."""
    told = {path: (mark, said) for path, mark, said in _told(post)}
    there = ((one, *told[one.path]) for one in flat(shown) if one.path in told)
    return {one.path: said for one, mark, said in there if mark == _print(one)}


def _told(post: MultiDict[str, str]) -> Iterator[tuple[str, str, list[str]]]:
    for text in post.getlist(CARRIED)[:_MOST]:
        try:
            yield msgspec.json.decode(text[:_LONGEST], type=tuple[str, str, list[str]])
        except msgspec.DecodeError:
            continue  # it was not written by `carried`


def _print(one: Shown) -> str:
    chosen = [option.text for option in one.options if option.chosen]
    files = [str(file.get("sha256")) for file in one.files]
    answer = msgspec.json.encode([one.value, one.checked, chosen, files, len(one.rows)])
    return hashlib.sha256(answer).hexdigest()[:16]
