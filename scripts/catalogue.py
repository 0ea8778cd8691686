"""Bring the catalogues of translations in step with the code, and compile them.

``python scripts/catalogue.py`` reads off the code what the lab says (in Python the calls of `tr`,
`counted`, `in_context` and `later`, in scripts those of `tr`), adds to every catalogue what it
lacks, takes out what nobody says any more, writes the ``.mo`` files that gettext reads, and lists
what is still without a translation. Run it after changing a word.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "tunewidgets"
LOCALES = PACKAGE / "locale"
METHODS = [("**.py", "python"), ("widgets/static/**.js", "javascript")]
HEADER = """\
# Made by scripts/catalogue.py: edit the msgstr lines, then run it.
msgid ""
msgstr ""
"Language: {tag}\\n"
"Plural-Forms: {plurals}\\n"
"POT-Creation-Date: 2026-11-24 00:00+0000\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS = {"tr": None, "later": None, "counted": (2, 3), "in_context": ((1, "c"), 2)}


def said() -> Catalog:
    """List what the code says, and where."""
    found = Catalog(project="tunewidgets", charset="utf-8")
    for file, _, message, _, context in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        found.add(message, locations=[(file, 0)], context=context)
    return found


def languages() -> Iterator[tuple[str, Path]]:
    """Give the tag and the ``.po`` file of every language but English."""
    for file in sorted(LOCALES.glob("*/LC_MESSAGES/tunewidgets.po")):
        yield file.parts[-3], file


def read(tag: str, file: Path) -> Catalog:
    """Read a catalogue."""
    with file.open("rb") as opened:
        return read_po(opened, locale=tag, abort_invalid=True)


def compiled(catalogue: Catalog) -> bytes:
    """Give a catalogue as gettext reads it."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Do so for every language."""
    template = said()
    for tag, file in languages():
        catalogue = read(tag, file)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        header = HEADER.format(tag=tag, plurals=catalogue.plural_forms)
        with file.open("wb") as opened:
            opened.write(header.encode())
            write_po(
                opened, catalogue, width=100, sort_by_file=True, ignore_obsolete=True,
                omit_header=True, include_lineno=False,
            )  # fmt: skip
        file.with_suffix(".mo").write_bytes(compiled(read(tag, file)))
        lacking = [m.id for m in catalogue if m.id and not _has_all(m.string)]
        sys.stdout.write(f"{tag}: {len(catalogue)} texts, {len(lacking)} not translated\n")
        for message in lacking:
            sys.stdout.write(f"  {message!r}\n")


def _has_all(told: str | tuple[str, ...]) -> bool:
    return all(told) if isinstance(told, tuple) else bool(told)


if __name__ == "__main__":
    main()
