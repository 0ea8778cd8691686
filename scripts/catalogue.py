"""Bring the catalogues of translations in step with the code, and compile them.

``python scripts/catalogue.py`` reads off the code what the lab says (in Python the calls of `tr`,
`counted`, `in_context`, `later` and `stated`, in scripts those of `tr`), adds to every catalogue
what it lacks, takes out what nobody says any more, writes the ``.mo`` files that gettext reads and
the list of sentences that `retold` finds again, and lists what is still without a translation. Run
it after changing a word.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tunewidgets.widgets.scripted import words_of

PACKAGE = Path(__file__).parents[1] / "tunewidgets"
LOCALES = PACKAGE / "locale"
SENTENCES = LOCALES / "sentences.json"
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


def said() -> Catalog:
    """List what the code says, and where."""
    found = Catalog(project="tunewidgets", charset="utf-8")
    for file, call, words in _calls():
        _add(found, file, call, words)
    for file in sorted(PACKAGE.glob("widgets/static/*.js")):
        for word in words_of(file.read_text(encoding="utf-8")):
            _add(found, file, "tr", [word])
    return found


def sentences() -> str:
    """List the texts of `stated`, as the lab reads them to find one again."""
    texts = {words[0] for _, call, words in _calls() if call == "stated" and words[0]}
    return json.dumps(sorted(texts), indent=0, ensure_ascii=False) + "\n"


def _calls() -> Iterator[tuple[Path, str, list[Any]]]:
    """Give every call of a name in the code, with its file, and its arguments as far as literal."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                words = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
                yield file, node.func.id, words


def _add(found: Catalog, file: Path, call: str, words: Sequence[Any]) -> None:
    where = [(file.relative_to(PACKAGE).as_posix(), 0)]
    match call, *words:
        case ("tr" | "later" | "stated", str(text)) if text:
            found.add(text, locations=where)
        case "counted", _, str(one), str(many):
            found.add((one, many), locations=where)
        case "in_context", str(context), str(text):
            found.add(text, locations=where, context=context)


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
    SENTENCES.write_text(sentences(), encoding="utf-8")
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
