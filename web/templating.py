"""Makes Jinja quicker where a page is large: one of the desk calls thousands of sentences, addresses and macros.

Jinja asks of everything that a template calls whether it wants to be given the context, by looking for marks that are
hardly ever there. That costs ten times as much as finding a sentence, so what cannot have a mark is called at once.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2.runtime import Context, Macro


class QuickContext(Context):
    """A context that calls methods, plain functions and macros without asking what they want to be given."""

    def call(self, wanted: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls; anything that may want the context goes Jinja's own way."""
        if type(wanted) is Macro:
            args = (self.eval_ctx, *args)
        elif not _is_plain(wanted):
            return super().call(wanted, *args, **kwargs)
        if kwargs:
            # What a loop or a block has set is only for those that want the context.
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return wanted(*args, **kwargs)


def _is_plain(wanted: Any) -> bool:
    """Return whether nothing is noted on a function, as Jinja does on those that want the context."""
    kind = type(wanted)
    if kind is MethodType:
        wanted = wanted.__func__
        kind = type(wanted)
    return kind is BuiltinMethodType or (kind is FunctionType and not wanted.__dict__)
