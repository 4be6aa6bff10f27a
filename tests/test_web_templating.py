"""The quicker way in which templates call things is Jinja's own in all that a page can tell."""

from __future__ import annotations

from functools import partial, wraps

import pytest
from jinja2 import Environment, pass_context, pass_environment, pass_eval_context
from jinja2.runtime import Context

from web.templating import QuickContext


class Speaker:
    """Something with methods, of which one wants the context and one is wrapped."""

    def say(self, word: str = "hej") -> str:
        """Return a word that has to be escaped."""
        return f"<{word}>"

    @pass_context
    def seen(self, context: Context) -> str:
        """Return what a loop has set."""
        return str(context["set_here"])

    @wraps(say)
    def wrapped(self, word: str) -> str:
        """Return what the wrapped method does."""
        return self.say(word)

    def __call__(self) -> str:
        """Return something when called itself."""
        return "called"


@pass_environment
def asks_environment(environment: Environment) -> str:
    """Return whether it was given the environment."""
    return str(environment.autoescape)


@pass_eval_context
def asks_how(context: object) -> str:
    """Return the kind of what it was given."""
    return type(context).__name__


TEMPLATE = """
{% macro inner(a, b="b") %}<i>{{ a }}{{ b }}{{ caller() if caller else "" }}</i>{% endmacro %}
{% for each in (1, 2) %}{% set set_here = each %}
{{ speaker.say() }} {{ speaker.say(word="&") }} {{ speaker.seen() }} {{ speaker.wrapped("x") }} {{ speaker() }}
{{ plain("a") }} {{ part() }} {{ asks_environment() }} {{ asks_how() }} {{ "ab".upper() }} {{ range(2) | list }}
{{ inner(each) }} {{ inner(each, b="<") }} {% call inner("c") %}{{ each }}{% endcall %} {{ loop.cycle("odd", "even") }}
{% endfor %}
"""


@pytest.mark.parametrize("autoescape", [True, False])
def test_same_page(autoescape: bool) -> None:
    """A template that calls things of every kind gives the same page as with Jinja's own context."""
    speaker = Speaker()
    told = {
        "speaker": speaker,
        "plain": lambda word: f"<{word}>",
        "part": partial(speaker.say, "p"),
        "asks_environment": asks_environment,
        "asks_how": asks_how,
    }
    pages = []
    for kind in (Context, QuickContext):
        environment = Environment(autoescape=autoescape)
        environment.context_class = kind
        pages.append(environment.from_string(TEMPLATE).render(told))
    assert pages[0] == pages[1]
    assert "EvalContext" in pages[0]
