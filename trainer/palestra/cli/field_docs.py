"""The docstrings under the fields of a configuration class."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise


def field_docs(cls: type) -> dict[str, str]:
    """Field name -> the string literal that follows it in the source, for the class and its bases."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError, SyntaxError):
            continue  # built-in, or its source is not shipped
        [definition] = tree.body
        if isinstance(definition, ast.ClassDef):
            docs |= _of_body(definition.body)
    return docs


def _of_body(body: list[ast.stmt]) -> dict[str, str]:
    docs: dict[str, str] = {}
    for field, text in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            docs[field.target.id] = inspect.cleandoc(text.value.value)
    return docs
