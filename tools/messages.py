"""Renew the English catalogue: new sentences come in untranslated, those that nobody says any more go; then compile it.

Translates nothing and writes only `messages.po` and `messages.mo`, by the sources alone: a second run changes nothing.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "web" / "translations" / "en" / "LC_MESSAGES"
SOURCE, COMPILED = FOLDER / "messages.po", FOLDER / "messages.mo"
Sentence = str | tuple[str, str]  # one that counts is (singular, plural)

_HEADER = (
    "# Rito in English. Portuguese is the source, and shown where this is silent. `make messages` renews this file."
)
_KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
_ALWAYS = datetime(2026, 11, 23, tzinfo=UTC)  # gettext wants a date; the history of the file has the true ones


def main() -> int:
    """Renew and compile the catalogue; returns 1 while a sentence has no translation."""
    renewed = renewed_from(said(), kept())
    SOURCE.write_bytes(written(renewed))
    COMPILED.write_bytes(compiled(SOURCE.read_bytes()))
    missing = [message.id for message in renewed if message.id and not is_translated(message)]
    sys.stdout.write(f"{len(renewed)} sentences, {len(missing)} without English\n")
    sys.stdout.writelines(f"  {first(sentence)}\n" for sentence in missing)
    return 1 if missing else 0


def said() -> set[Sentence]:
    """Return every sentence that the pages say."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(ROOT / "web"), methods, options, _KEYWORDS)
    return {sentence for _path, _line, sentence, _comments, _context in found if sentence}


def kept() -> dict[Sentence, Message]:
    """Return the messages of the catalogue by their sentence."""
    with SOURCE.open("rb") as file:
        return {message.id: message for message in read_po(file, locale="en") if message.id}


def renewed_from(sentences: set[Sentence], known: dict[Sentence, Message]) -> Catalog:
    """Return a catalogue of exactly these sentences, in order, with the translations that are known."""
    catalogue = Catalog(
        locale="en", header_comment=_HEADER, project="Rito", version="1",
        msgid_bugs_address="none", last_translator="Rito", language_team="none",
        creation_date=_ALWAYS, revision_date=_ALWAYS, fuzzy=False,
    )  # fmt: skip
    for sentence in sorted(sentences, key=first):
        old = known.get(sentence)
        catalogue.add(sentence, old.string if old else "", flags=old.flags if old else ())
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as people edit it."""
    file = io.BytesIO()
    write_po(file, catalogue, width=120)
    return file.getvalue()


def compiled(source: bytes) -> bytes:
    """Return the catalogue as gettext loads it."""
    file = io.BytesIO()
    write_mo(file, read_po(io.BytesIO(source), locale="en"))
    return file.getvalue()


def is_translated(message: Message) -> bool:
    """Tell whether every form of a message has words, and nobody doubts them."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(forms) and not message.fuzzy


def first(sentence: Sentence) -> str:
    """Return the words under which a sentence is found: of one that counts, the singular."""
    return sentence if isinstance(sentence, str) else sentence[0]


if __name__ == "__main__":
    sys.exit(main())
