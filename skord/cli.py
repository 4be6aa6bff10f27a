"""The command line: reads the words, opens the house, tells how it went.

Results go to stdout, talk to stderr. Exit codes: 0 done; 1 done with failures, which are listed; 2 wrong use or
configuration; 3 the database cannot be used. Each command's work stands in ``skord/commands`` and is imported
only when it is called, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.errors import ConfigError, InputError, SkordError, StorageError

if TYPE_CHECKING:
    from campaign.language import Language

DONE, FAILURES, WRONG_USE, NO_DATABASE = range(4)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    from skord.wiring import House, shown

    house = House(config=args.config, as_json=args.json)
    module, _, function = args.run.partition(":")
    try:
        return int(getattr(import_module(f"skord.commands.{module}"), function)(house, args))
    except ConfigError as error:
        from skord.config import describe

        print(describe(error, _language(house)), file=sys.stderr)
        return WRONG_USE
    except InputError as error:
        print(shown(str(_language(house).explain(error))), file=sys.stderr)
        return WRONG_USE
    except StorageError as error:
        print(shown(str(_language(house).explain(error))), file=sys.stderr)
        return NO_DATABASE
    except SkordError as error:
        print(shown(str(_language(house).explain(error))), file=sys.stderr)
        return FAILURES
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return 130
    finally:
        house.close()


def _language(house: object) -> Language:
    """Return the site's language, Swedish where the configuration could not be read."""
    from zoneinfo import ZoneInfo

    from campaign.language import Language

    try:
        language = house.language  # type: ignore[attr-defined] # a House; imported late for speed
    except ConfigError:
        return Language("sv", ZoneInfo("Europe/Stockholm"))
    assert isinstance(language, Language)
    return language


def parser() -> argparse.ArgumentParser:
    """Return the whole command line as a parser."""
    top = argparse.ArgumentParser(prog="skord", description="Skörd gathers what grows under a hashtag.")
    top.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FILE", help="the configuration")
    top.add_argument("--json", action="store_true", help="results as JSON, one object a line")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serving(commands)
    _collecting(commands)
    _reviewing(commands)
    _issues(commands)
    _subscribers(commands)
    _strategy(commands)
    _indicators(commands)
    _people(commands)
    _operations(commands)
    return top


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: str, about: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    made.set_defaults(run=run)
    return made


def _group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    made = commands.add_parser(name, help=about)
    return made.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _campaign(command: argparse.ArgumentParser) -> None:
    command.add_argument("--campaign", metavar="ID", help="needed where there are several")


def _serving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _add(commands, "serve", "serve:serve", "run desk, archive and schedule")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--no-schedule", action="store_true", help="only the pages")
    demo = _add(commands, "demo", "demo:demo", "a sample year of invented posts, on this machine alone")
    demo.add_argument(
        "--case", default="halland", metavar="CASE", help="halland, sjuharad, halmstad, varmland, blekinge"
    )
    demo.add_argument("--folder", type=Path, help="data/demo, for another case data/demo-CASE")
    demo.add_argument("--host", default="127.0.0.1")
    demo.add_argument("--port", type=int, default=8000)


def _collecting(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    collect = _add(commands, "collect", "collect:collect", "ask sources now")
    collect.add_argument("sources", nargs="*", metavar="SOURCE", help="all, where none is named")
    collect.add_argument("--dry-run", action="store_true", help="ask, but store nothing; X takes payment all the same")
    sources = _group(commands, "source", "how the sources are")
    _add(sources, "list", "source:list_", "last run, next run, last failure")
    new = _add(sources, "add", "source_add:add", "say what an address is, as a table ready for the configuration")
    new.add_argument("url", metavar="URL")
    new.add_argument("--write", action="store_true", help="append it to the configuration")
    new.add_argument("--pick", type=int, metavar="N", help="which of several to write")
    new.add_argument("--id", default="", help="the id of the source; made from its name where left out")
    test = _add(
        sources,
        "test",
        "source:test",
        "ask once without storing (X takes payment all the same); show what is kept and why",
    )
    test.add_argument("source")
    ahead = _add(sources, "forecast", "forecast:forecast", "what a month costs in questions and money")
    ahead.add_argument("sources", nargs="*", metavar="SOURCE", help="all, where none is named")
    ahead.add_argument("--posts-per-week", type=float, help="what to reckon with; what it really posts, where left out")
    for name, about in (("pause", "stop asking a source"), ("resume", "ask a paused source again")):
        _add(sources, name, f"source:{name}", about).add_argument("source")
    _bringing(commands)


def _bringing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    imported = _add(
        commands,
        "import",
        "import_:import_",
        "read in a table, the archive that a network gave you, or a package of skord export",
    )
    imported.add_argument("file", type=Path, help="a CSV, JSON or JSONL file, a zip or tar.gz, a folder, or a package")
    imported.add_argument("--source", metavar="ID", help="a source of kind import; a package needs none")
    imported.add_argument(
        "--format", choices=("csv", "jsonl", "instagram", "facebook", "x", "mastodon"), help="found out where left out"
    )
    imported.add_argument("--dry-run", action="store_true", help="say what would come in, store nothing")
    imported.add_argument("--verify", action="store_true", help="only compare a package with what stands here")
    _exporting(commands)


def _exporting(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    out = _add(commands, "export", "export:export", "take out the archive: as lines, a table, a package, a site")
    out.add_argument("--format", choices=("jsonl", "csv", "package", "html"), default="jsonl")
    _campaign(out)
    about = 'the file to write, for html a folder or a zip; "-", or left out, is stdout for lines and tables'
    out.add_argument("--to", metavar="PATH", help=about)
    out.add_argument("--query", default="", metavar='"q=…&year=2026"', help="as in an address of the archive")
    for name, shape, about in (
        ("q", "WORDS", "stories with these words"),
        ("year", "2026", "of a year"),
        ("month", "11", "of a month of that year"),
        ("week", "2026-W47", "of a week"),
        ("day", "2026-11-20", "of a day"),
        ("area", "CODE", "that are evidence for this node, or one below it"),
        ("network", "NAME", "from this network"),
        ("place", "ID", "that take place there"),
    ):
        out.add_argument(f"--{name}", default="", metavar=shape, help=about)
    out.add_argument("--from", dest="from_", default="", metavar="SOURCE", help="from this source")
    out.add_argument("--inner", action="store_true", help="also what the public may not see, with states and decisions")
    out.add_argument("--language", choices=("sv", "en"), default="", help="of our own words; the site's where left out")
    out.add_argument("--reason", default="", help="why; kept in the trail")
    out.add_argument("--as", dest="account", metavar="ACCOUNT", help="who takes it out; the command itself else")


def _reviewing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    posts = _group(commands, "post", "review without a browser")
    listing = _add(posts, "list", "post:list_", "stories, newest first")
    listing.add_argument(
        "--review", choices=("waiting", "new", "later", "approved", "hidden", "all"), default="waiting"
    )
    listing.add_argument("--limit", type=int, default=50)
    _campaign(listing)
    _add(posts, "show", "post:show", "everything about one story").add_argument("story", type=int)
    decide = _add(posts, "decide", "post:decide", "record a decision about a story")
    decide.add_argument("story", type=int)
    decide.add_argument("action", choices=("approve", "hide", "later", "restore", "feature", "unfeature", "coming"))
    decide.add_argument("--as", dest="account", metavar="ACCOUNT", help="who decides; the only account, where left out")
    decide.add_argument("--reason", default="")
    search = _add(commands, "search", "search:search", "find in the public archive by words, or at the desk")
    search.add_argument("query", nargs="+")
    search.add_argument("--limit", type=int, default=50)
    search.add_argument("--sort", choices=("", "relevance"), default="", help="newest first where it is left out")
    search.add_argument("--desk", action="store_true", help="stories as the desk finds them, whatever was decided")
    _campaign(search)


def _issues(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    issues = _group(commands, "issue", "the newsletter")
    listing = _add(issues, "list", "issue:list_", "every issue")
    draft = _add(issues, "draft", "issue:draft", "draft an issue now")
    draft.add_argument("--week", metavar="2026-W47", help="the week in which it is sent; the next one where left out")
    book = _add(issues, "yearbook", "issue:yearbook", "draft the yearbook of a year from its letters")
    book.add_argument("--year", required=True, metavar="2026", help="the year that it tells of")
    for command in (listing, draft, book):
        command.add_argument("--newsletter", metavar="ID", help="needed where there are several")
    for name, about in (
        ("show", "an issue with its items and deliveries"),
        ("approve", "approve an issue for sending"),
        ("send", "send what is due, or one approved issue now"),
    ):
        command = _add(issues, name, f"issue:{name}", about)
        command.add_argument("--newsletter", metavar="ID", help="needed where there are several")
        command.add_argument("number", type=int, nargs="?", help="the open issue, or the newest, where left out")
        if name == "approve":
            command.add_argument("--as", dest="account", metavar="ACCOUNT", help="who approves; the only account else")
        if name == "send":
            command.add_argument("--dry-run", action="store_true", help="say to how many, send nothing")
            command.add_argument(
                "--this-is-the-one",
                metavar="ACCOUNT",
                help="after a move or a restore: letters leave from here now, in this administrator's name",
            )


def _subscribers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    subscribers = _group(commands, "subscriber", "who gets the newsletter")
    add = _add(subscribers, "add", "subscriber:add", "add an address that has asked for it")
    remove = _add(subscribers, "remove", "subscriber:remove", "take an address away; it gets no letter again")
    imported = _add(subscribers, "import", "subscriber:import_", "add the addresses of an Excel or CSV file")
    imported.add_argument("--dry-run", action="store_true", help="say what would become of each row, add nothing")
    imported.add_argument("--source", default="", help="how they asked for the letter; kept as the proof")
    exported = _add(subscribers, "export", "subscriber:export", "every address and its state, as CSV")
    for command in (add, remove):
        command.add_argument("address")
    imported.add_argument("file", type=Path)
    back = _add(commands, "bounce", "bounce:bounce", "take in one mail that came back, as a pipe gives it")
    back.add_argument("file", type=Path, help='"-" for what is piped in')
    back.add_argument("--to", default="", metavar="ADDRESS", help="the envelope recipient, where the server names it")
    for command in (add, remove, imported, exported):
        command.add_argument("--newsletter", metavar="ID", help="needed where there are several")


def _strategy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    strategies = _group(commands, "strategy", "the strategy behind a campaign")
    load = _add(strategies, "load", "strategy:load", "read a strategy file into the database")
    load.add_argument("file", type=Path, nargs="?", help="that of the campaign, where left out")
    load.add_argument("--replace", action="store_true", help="also where the desk has changed the strategy since")
    show = _add(strategies, "show", "strategy:show", "its nodes, and how many stories each has")
    kept = _add(strategies, "versions", "strategy:versions", "every version, and what it changed")
    written = _add(strategies, "print", "strategy:print_", "the strategy as a file")
    for command in (show, kept, written):
        command.add_argument("strategy", nargs="?", help="its id; needed where one of several is meant")
    for command in (show, written):
        command.add_argument("--version", type=int, metavar="N", help="as that version said it")
    for command in (load, show, kept, written):
        _campaign(command)
    _sheets(strategies)
    _snapshots(commands, strategies)


def _sheets(strategies: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    empty = _add(strategies, "template", "sheet:template", "the spreadsheet that planners fill, empty or filled")
    brought = _add(strategies, "import", "sheet:import_", "save what a spreadsheet says of a strategy")
    taken = _add(strategies, "export", "sheet:export", "a strategy as .toml, .xlsx or .csv")
    for command in (empty, brought, taken):
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("--strategy", metavar="ID", help="needed where there are several; a new one for import")
    for command in (empty, taken):
        command.add_argument("--force", action="store_true", help="also where a file stands already")
    for name, about in (("title", "what a new strategy is called"), ("owner", "who owns it")):
        brought.add_argument(f"--{name}", default="", help=about)
    brought.add_argument("--period", default="", metavar="2014-2020", help="when it is in force")
    brought.add_argument("--dry-run", action="store_true", help="say what would change, and save nothing")
    for command in (brought, taken):
        _campaign(command)


def _snapshots(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    strategies: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    report = _add(strategies, "report", "strategy:report", "the follow-up table, by who answers for each goal")
    report.add_argument("--format", choices=("table", "csv", "excel"), default="table")
    report.add_argument("--output", type=Path, metavar="FILE", help="where a CSV or Excel file goes")
    points = _group(commands, "snapshot", "measuring points: frozen pictures of a strategy")
    create = _add(points, "create", "snapshot:create", "freeze a strategy as it is now")
    create.add_argument("--kind", required=True, choices=("baseline", "midterm", "final", "present"))
    create.add_argument("--as-of", default="", metavar="2014-12-31", help="the day it tells of; today where left out")
    create.add_argument("--title", default="", help="made from the kind and the year where left out")
    create.add_argument("--text", default="", help="what a reader should know of it")
    create.add_argument("--as", dest="account", metavar="ACCOUNT", help="who freezes it; the command itself else")
    listed = _add(points, "list", "snapshot:list_", "every measuring point of a strategy")
    for command in (report, create, listed):
        command.add_argument("--strategy", metavar="ID", help="needed where there are several")
        _campaign(command)
    _add(points, "show", "snapshot:show", "what was frozen").add_argument("number", type=int)
    beside = _add(points, "compare", "snapshot:compare", "two measuring points beside each other")
    beside.add_argument("earlier", metavar="EARLIER")
    beside.add_argument("later", metavar="LATER", help='its number, or "now" for the present, not frozen')
    made = _add(points, "publish", "snapshot:publish", "let readers see it")
    made.add_argument("number", type=int)
    check = _add(points, "verify", "snapshot:verify", "compute every hash anew")
    check.add_argument("number", type=int, nargs="?", help="all of them, where left out")
    erase = _add(points, "erase", "snapshot:erase", "erase a story from every measuring point, on request")
    erase.add_argument("story", type=int)
    erase.add_argument("--why", required=True, help="kept with each part, and in the trail")
    for command in (made, erase):
        command.add_argument("--as", dest="account", metavar="ACCOUNT", help="who decides; the only account else")


def _indicators(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    indicators = _group(commands, "indicator", "the figures of the strategies")
    refresh = _add(indicators, "refresh", "indicator:refresh", "ask Kolada and Statistics Sweden now")
    refresh.add_argument("codes", nargs="*", metavar="CODE", help="all that have a source, where none is named")
    refresh.add_argument("--dry-run", action="store_true", help="say what would change, and store nothing")
    listed = _add(indicators, "list", "indicator:list_", "every indicator, and how asking for it goes")
    listed.add_argument("--campaign", metavar="ID", help="of this campaign alone")
    show = _add(indicators, "show", "indicator:show", "the values of one indicator")
    show.add_argument("code", metavar="CODE", help='"strategy/code" where several strategies have it')
    show.add_argument("--revisions", action="store_true", help="everything that was ever known of each value")
    brought = _add(indicators, "import", "sheet:figures", "save the values of a CSV or Excel file")
    brought.add_argument("file", type=Path, metavar="FILE")
    brought.add_argument("--strategy", required=True, metavar="ID", help="whose measures they are")
    brought.add_argument("--indicator", default="", metavar="CODE", help="the measure, where no column says it")
    brought.add_argument("--dry-run", action="store_true", help="say what would change, and save nothing")


def _people(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    accounts = _group(commands, "account", "who may work at the desk")
    add = _add(accounts, "add", "account:add", "a new account")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=("reader", "reviewer", "editor", "administrator"))
    add.add_argument("--campaign", metavar="ID", help="the role holds in this campaign alone, else everywhere")
    add.add_argument("--email", default="")
    add.add_argument("--display-name", default="")
    add.add_argument("--password-file", type=Path, help="its first line; asked for where left out")
    _add(accounts, "list", "account:list_", "every account")
    _add(accounts, "disable", "account:disable", "end an account and its logins").add_argument("name")
    token = _add(accounts, "token", "account:token", "tokens for the API: make one, list them, take one back")
    token.add_argument("account", metavar="NAME", nargs="?", help="whose; every account's for --list, where left out")
    token.add_argument("--name", default="", help="what the token is for")
    token.add_argument("--ends", default="", metavar="2027-01-01", help="its last day; for good, where left out")
    token.add_argument("--list", dest="listed", action="store_true", help="every token, never what it is")
    token.add_argument("--revoke", type=int, metavar="NO", help="take back the token of this number")
    hooks = _group(commands, "hook", "receivers of changes in the archive")
    _add(hooks, "list", "hook:list_", "how each fares")
    _add(hooks, "start", "hook:start", "try one again that has stopped").add_argument("campaign", metavar="CAMPAIGN")
    log = _add(commands, "log", "log:log", "what was decided, by whom and why")
    log.add_argument("--limit", type=int, default=50, help="so many lines at most; 0 for all")
    log.add_argument("--person", metavar="ACCOUNT", help="what this account decided")
    log.add_argument("--kind", choices=("person", "rule", "job", "subscriber", "visitor"), help="who acted")
    log.add_argument("--action", metavar="NAME", default="", help="one sort of decision, as --json names it")
    log.add_argument("--story", type=int, metavar="N", help="one story")
    log.add_argument("--since", metavar="2026-11-20", default="", help="from this day")
    log.add_argument("--until", metavar="2026-11-20", default="", help="through this day")
    log.add_argument("--words", default="", help="words in the reason")
    log.add_argument("--campaign", metavar="ID", help="one campaign; the whole installation where left out")


def _operations(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    database = _group(commands, "database", "the database")
    _add(database, "status", "database:status", "what stands at its address")
    _add(database, "upgrade", "database:upgrade", "bring it to this program's schema, after a backup")
    backup = _add(database, "backup", "database:backup", "a consistent copy, while everything runs")
    backup.add_argument("folder", type=Path, nargs="?", default=Path("backup"))
    restore = _add(database, "restore", "database:restore", "put a backup in place of the database")
    restore.add_argument("backup", type=Path)
    restore.add_argument("--verify", action="store_true", help="only prove that it can be restored")
    _add(commands, "worker", "worker:worker", "send letters with one process more, on PostgreSQL")
    doctor = _add(commands, "doctor", "doctor:doctor", "look at everything and say what is not well")
    doctor.add_argument("what", nargs="?", choices=("mail",), help="mail: whether the world will trust the letters")
    doctor.add_argument("--newsletter", metavar="ID")
    doctor.add_argument("--accept", metavar="ACCOUNT", help="send all the same, in this administrator's name")
    config = _group(commands, "config", "the configuration")
    _add(config, "check", "config:check", "say everything that is wrong with it")
    _add(config, "show", "config:show", "what holds, secrets masked")
    new = _add(config, "new", "config:new", "a folder with the shipped configuration and strategies, to begin with")
    new.add_argument("folder", type=Path, nargs="?", default=Path())


if __name__ == "__main__":
    raise SystemExit(main())
