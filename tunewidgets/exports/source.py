"""The source of a function with all that it needs: what to paste so that it can be called.

A function's text is read where Python keeps it, also for notebook cells. The names that it uses
and does not define are looked up in its module and its closure: modules become imports, plain
constants are written out, and functions and classes of the same notebook or script come along
with their own source. What is none of these is named, for the person to bring.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import symtable
import textwrap
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

READY = "tunewidgets.training.builders."
"""Ready builders come along with all their parts, so that the code shows all of it."""

LONG = 2_000
"""A constant of more characters is data, and not code to paste."""


@dataclass(slots=True)
class Source:
    """Code, in the order in which it must stand.

    Attributes
    ----------
    imports
        Lines of imports, each once.
    definitions
        Constants, functions and classes; each needs only what stands above it, or is called
        after all stand there.
    missing
        Sentences on what could not be written.
    """

    imports: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def add(self, function: Callable[..., Any], name: str | None = None) -> str | None:
        """Add a function and what it needs; give the name to call it by, or None without source."""
        called = str(name or getattr(function, "__name__", ""))
        text = _text_of(function)
        if text is None or not called.isidentifier():
            return None
        if called in self._known:
            return called
        self._known.add(called)
        tree = ast.parse(text)
        self._add_names(text, function)
        own = getattr(tree.body[0], "name", called)
        self.definitions.append(text if own == called else f"{text}\n\n{called} = {own}")
        return called

    def import_line(self, line: str) -> None:
        """Add an import, unless it is there."""
        if line not in self.imports:
            self.imports.append(line)

    def _add_names(self, text: str, owner: Any) -> None:
        around = _around(owner)
        for name in _used_from_around(symtable.symtable(text, "<source>", "exec")):
            if name in around and name not in self._known:
                self._add_value(name, around[name], owner)

    def _add_value(self, name: str, value: Any, owner: Any) -> None:
        home = getattr(value, "__module__", None)
        if isinstance(value, types.ModuleType):
            alias = "" if value.__name__ == name else f" as {name}"
            self.import_line(f"import {value.__name__}{alias}")
        elif is_literal(value):
            self._known.add(name)
            self.definitions.append(f"{name} = {value!r}")
        elif isinstance(value, type | types.FunctionType) and (
            home == owner.__module__ or str(home).startswith(READY)
        ):
            if self.add(value, name) is None:
                self._lack(name, value)
        elif _is_importable(value, home):
            alias = "" if value.__name__ == name else f" as {name}"
            self.import_line(f"from {home} import {value.__name__}{alias}")
        else:
            self._lack(name, value)

    def _lack(self, name: str, value: Any) -> None:
        self._known.add(name)
        self.missing.append(
            f"{name} ({type(value).__name__}) is used below and must be defined first."
        )


def is_literal(value: Any) -> bool:
    """Whether Python reads the value back from its own text."""
    text = repr(value)
    if len(text) > LONG:
        return False
    try:
        return bool(ast.literal_eval(text) == value)
    except (ValueError, SyntaxError, TypeError, MemoryError):
        return False


def _text_of(function: Any) -> str | None:
    """Read the source of a function or class; None where it is not one that stands alone."""
    try:
        text = textwrap.dedent(inspect.getsource(function)).rstrip()
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return None
    kinds = (ast.FunctionDef, ast.ClassDef)
    is_one = len(tree.body) == 1 and isinstance(tree.body[0], kinds)
    return text if is_one else None


def _used_from_around(table: symtable.SymbolTable) -> list[str]:
    """Name what a text uses and does not define: its own variables may have the names of others."""
    here = [s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()]
    below = (name for inner in table.get_children() for name in _used_from_around(inner))
    return list(dict.fromkeys([*here, *below]))


def _around(owner: Any) -> Mapping[str, Any]:
    """Give the names that a function or class sees: of its module, and of its closure."""
    if isinstance(owner, types.FunctionType):
        inside = inspect.getclosurevars(owner).nonlocals
        return {**owner.__globals__, **inside}
    functions = (part for part in vars(owner).values() if isinstance(part, types.FunctionType))
    first = next(functions, None)
    return {} if first is None else {**first.__globals__}


def _is_importable(value: Any, home: str | None) -> bool:
    name, path = getattr(value, "__name__", None), getattr(value, "__qualname__", None)
    return bool(home) and home != "__main__" and name is not None and name == path


def needs_future_annotations(function: Any) -> bool:
    """Whether the function's annotations are to be left unread."""
    code = getattr(function, "__code__", None)
    return bool(code and code.co_flags & __future__.annotations.compiler_flag)
