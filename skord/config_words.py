"""A configuration and its problems, as a person reads them."""

from __future__ import annotations

from itertools import groupby

from campaign.errors import ConfigError, Problem
from campaign.language import Language
from campaign.settings import Settings, Told


def describe(error: ConfigError, language: Language) -> str:
    """Return one line a problem: "config.toml:12 source.nyheter.evry: okänd inställning. Menade du «every»?"."""
    return "\n".join(_problem(problem, language) for problem in error.problems)


def _problem(problem: Problem, language: Language) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    if problem.path:
        place = f"{place} {problem.path}"
    # every problem has both sentences, so a missing one is a bug that must be heard of
    what = language.t(f"config.{problem.key}.what", **problem.facts)
    return f"{place}: {what} {language.t(f'config.{problem.key}.do', **problem.facts)}"


def show(settings: Settings, language: Language) -> str:
    """Return the effective configuration as TOML, secrets masked, with a comment where it is not from the file."""
    parts = [f"# {language.t('config.show.head', file=str(settings.file))}"]
    for table, values in groupby(settings.told, key=lambda told: told.table):
        parts.append("\n".join([f"[{table}]", *(_value(told, language) for told in values)]))
    return "\n\n".join(parts) + "\n"


def _value(told: Told, language: Language) -> str:
    line = f"{told.key} = {told.text}"
    if told.origin == "file":
        return line
    key = "config.show.default" if told.origin == "default" else "config.show.environment"
    return f"{line}  # {language.t(key, name=told.origin)}"
