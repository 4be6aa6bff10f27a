"""Every table, once. ``migrations/`` builds them; a test compares the two.

Each table below campaign carries its campaign. NULL has one meaning per column, written beside it.
Ids of posts, stories and issues are never used again (AUTOINCREMENT on SQLite, sequences on PostgreSQL).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.columns import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Text that PostgreSQL too compares by the numbers of its characters, so that a beginning is a span of the index.
_BYTES_IN_ORDER = Text().with_variant(Text(collation="C"), "postgresql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _campaign() -> Column[str]:
    return Column("campaign", Text, ForeignKey("campaign.id"), nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


# --- the house itself ------------------------------------------------------------------------------------

campaign = Table(
    "campaign",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# One row. ``public`` rises with every change that a reader could see: caches compare it.
revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public", BigInteger, nullable=False, server_default=text("0")),
)

# Who alone does a job: "scheduler", "outbox". ``holder`` names machine, process and start.
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# What people were told of by mail, and when: the same thing is not told every day.
told = Table(
    "told",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("content", Text, nullable=False),  # its hash
)

# What a page wants done outside; ``result`` and ``error`` are NULL until it ended.
task = Table(
    "task",
    metadata,
    _id(),
    Column("campaign", Text, ForeignKey("campaign.id")),  # NULL: concerns the installation
    Column("kind", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", Text, nullable=False),  # queued, running, done, failed
    _count("done"),
    _count("total"),
    Column("result", JSON),
    Column("error", JSON),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: the schedule asked
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),  # NULL: not yet
    Column("finished_at", Moment),  # NULL: not yet
    Index("ix_task_state", "state", "id"),
)

# --- sources ---------------------------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("campaigns", JSON, nullable=False),
    Column("settings_hash", Text, nullable=False),  # changes reset cursor and errors
    _flag("removed"),  # no longer in the configuration; its posts stay
    _flag("paused"),
    Column("cursor", JSON, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", Moment, nullable=False),
    Column("claimed_by", Text),  # NULL: no run is under way
    Column("claimed_at", Moment),  # NULL: no run is under way
    Column("last_ok_at", Moment),  # NULL: never yet
    Column("last_run_at", Moment),  # NULL: never yet
    Column("error", JSON),  # NULL: the last run went well; else {"key", "facts", "permanent"}
    Column("quotas", JSON, nullable=False, server_default="[]"),  # [{"name", "used", "limit", "resets_at"}]
    Column("filled", JSON),  # NULL: no past is read; else {"reached", "goal", "done"}
    Column("token_expires_at", Moment),  # NULL: never, or the network does not say
    Column("asked_every", Integer),  # seconds, the network's own word; NULL: it has none
    Column("last_new_at", Moment),  # NULL: nothing new has come yet
    Column("interval", Integer),  # seconds, how often it is asked at present; NULL: no run has planned yet
    _words("interval_reason"),  # why so often: interval.<reason> in the catalogues
    Column("trusted_at", Moment),  # NULL: no person trusts it; else its posts may be published by a rule
    Column("trusted_by", Integer, ForeignKey("account.id")),  # NULL: no person trusts it
    Column("created_at", Moment, nullable=False),
)

# What a network renews by itself (login tokens), encrypted with the installation's secret.
session = Table(
    "session",
    metadata,
    Column("source_id", Text, ForeignKey("source.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

run = Table(
    "run",
    metadata,
    _id(),
    Column("source_id", Text, ForeignKey("source.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),  # NULL: under way, or killed
    Column("status", Text, nullable=False),  # running, ok, unchanged, partial, failed, killed
    _count("pages"),
    _count("new"),
    _count("revised"),
    _count("unchanged"),
    _count("skipped"),
    Column("skipped_why", JSON, nullable=False),
    Column("error", JSON),  # NULL: went well
    Index("ix_run_source_id_id", "source_id", "id"),
)

gap = Table(
    "gap",
    metadata,
    _id(),
    Column("source_id", Text, ForeignKey("source.id"), nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),  # NULL: still open
    Column("reason", Text, nullable=False),  # an error's key, or "not_running", "paused"
    Index("ix_gap_source_id_from_at", "source_id", "from_at"),
)

# --- posts and stories -----------------------------------------------------------------------------------

story = Table(
    "story",
    metadata,
    _id(),
    _campaign(),
    Column("sort_key", BigInteger, nullable=False),  # that of its newest post
    Column("review", Text, nullable=False),  # new, later, approved, hidden: drawn from its posts
    _flag("waiting"),  # a post is new, or edited since it was approved
    _flag("featured"),
    _flag("coming"),  # straight into the coming issue
    Column("later_until", Moment),  # NULL: not in the later pile, or there without a date
    Column("approved_at", Moment),  # NULL: not approved
    Column("merged_into", Integer, ForeignKey("story.id")),  # NULL: stands by itself
    _count("rank"),  # where a rule put it in the queue: 1 first, 0 by time, -1 last
    Column("flags", JSON, nullable=False, server_default="[]"),  # why two must approve: child, patient …; [] one may
    Column("first_by", Integer, ForeignKey("account.id")),  # NULL: nobody yet; else who approved a flagged story first
    Column(
        "excerpt", JSON(none_as_null=True)
    ),  # NULL: an excerpt is made; else {"post", "version", "start", "end"}, marked by a person
    _count("changes"),  # rises with every decision; a stale card is refused by it
    Index("ix_story_campaign_review", "campaign", "review", "sort_key"),
    # The last four are only read: with them the numbers of all piles are counted without touching a story.
    Index(
        "ix_story_waiting",
        "campaign",
        "waiting",
        "rank",
        "sort_key",
        "first_by",
        "merged_into",
        "review",
        "later_until",
    ),
    sqlite_autoincrement=True,
)

post = Table(
    "post",
    metadata,
    _id(),
    _campaign(),
    Column("story_id", Integer, ForeignKey("story.id"), nullable=False, index=True),
    Column("source_id", Text, ForeignKey("source.id")),  # NULL: written or brought by a person
    Column("network", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("sort_key", BigInteger, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("review", Text, nullable=False),
    Column("version_id", Integer, nullable=False),  # the latest; no key, since the version points here
    Column("approved_version_id", Integer),  # NULL unless review is approved
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("missing_at", Moment),  # NULL: stands; else when it was first not to be had
    Column("recheck_at", Moment),  # NULL: is not asked for again
    Column("doubted_at", Moment),  # NULL: nobody doubts; else since when its source says it is gone, unbelieved
    _count("doubts"),  # how often its source has said so since then
    _words("state_reason"),  # why it is missing or gone: a signal's reason, "absent"
    _flag("members_only"),  # its author's latest word: not to be shown to those who are not logged in there
    _words("credit"),  # whom a person named as its author, where the network does not tell
    Column("engagement", Integer),  # NULL: its network does not tell; else likes, shares and answers together
    UniqueConstraint("campaign", "network", "identity"),
    Index("ix_post_campaign_review", "campaign", "review", "sort_key"),
    Index("ix_post_recheck_at", "recheck_at"),
    sqlite_autoincrement=True,
)

# A post's names in single places (a server's own id for it): to ask for it there, and to know it in a stream.
post_name = Table(
    "post_name",
    metadata,
    Column("post_id", Integer, ForeignKey("post.id"), primary_key=True),
    Column("place", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Index("ix_post_name_place_name", "place", "name"),
)

# Where posts that are alike find each other: numbers that posts share whose words, links or pictures are equal.
trait = Table(
    "trait",
    metadata,
    Column("bucket", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),  # seconds since 1970, of its latest version
    Column("post_id", Integer, ForeignKey("post.id"), primary_key=True),
    Index("ix_trait_post_id", "post_id"),
    sqlite_with_rowid=False,
)

# What was said of two posts: that they may be, are, or are not the same thing. The latest word stands; a rule never
# overrules a person. ``post_id`` is the lower id of the two.
pair = Table(
    "pair",
    metadata,
    Column("post_id", Integer, ForeignKey("post.id"), primary_key=True),
    Column("other_id", Integer, ForeignKey("post.id"), primary_key=True),
    Column("verdict", Text, nullable=False),  # maybe, same, apart
    _words("why"),  # what a rule saw: text, link, picture
    _count("percent"),  # how much a rule found equal
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: a rule
    Column("at", Moment, nullable=False),
    Index("ix_pair_other_id", "other_id"),
)

version = Table(
    "version",
    metadata,
    _id(),
    _campaign(),
    Column("post_id", Integer, ForeignKey("post.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("edited_at", Moment),  # NULL: the source does not say
    Column("published_at", Moment, nullable=False),  # first seen, where the source gave no usable date
    Column("digest", Text, nullable=False),  # of all below: equal means nothing that a reader sees changed
    _words("url"),
    _words("title"),
    _words("text"),
    _words("html"),
    _words("author_name"),
    _words("author_handle"),
    _words("author_url"),
    Column("language", Text),  # NULL: the source does not say
    _words("warning"),
    _flag("sensitive"),
    _flag("reply"),
    _flag("shy"),  # the author asks not to be found by search engines
    Column("tags", JSON, nullable=False),
    Column("media", JSON, nullable=False),  # [{"id": media.id, "alt": the author's or null}] in order
    UniqueConstraint("post_id", "number"),
    Index("ix_version_campaign_language", "campaign", "language"),
)

media = Table(
    "media",
    metadata,
    _id(),
    _campaign(),
    Column("post_id", Integer, ForeignKey("post.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("width", Integer),  # NULL: not known
    Column("height", Integer),  # NULL: not known
    Column("file", Text),  # NULL: no own copy (yet); else its SHA-256
    Column("look", Text),  # NULL: no own copy (yet), or too plain to tell; else what it looks like, 128 bits in hex
    _count("tries"),
    Column("retry_at", Moment),  # NULL: at once, or when all tries are used up never
    Column("error", JSON),  # NULL: not tried, or went well
    Column("alt", Text),  # NULL: nobody at the desk wrote one
    _flag("decorative"),
    Column("right", Text, nullable=False, server_default="none"),
    _words("right_from"),
    _words("right_proof"),
    Column("right_at", Moment),  # NULL: no right recorded
    Column("right_uses", JSON, nullable=False, server_default='["web", "mail", "print"]'),  # what a right is for
    Column("right_until", Moment),  # NULL: for good; else when it ends
    Column("asked_at", Moment),  # NULL: the owner was not asked
    Column("asked_by", Integer, ForeignKey("account.id")),  # NULL: the owner was not asked
    Column("focus_x", Integer),  # NULL: the middle; else per cent from the left, kept in view when it is cut
    Column("focus_y", Integer),  # NULL: the middle; else per cent from the top
    UniqueConstraint("post_id", "url"),
    Index("ix_media_file", "file", "kind", "tries", "id"),
    Index("ix_media_right_until", "campaign", "right_until"),
)

# Who decided what, when and why; also what rules and jobs did. Never changed, only added to.
decision = Table(
    "decision",
    metadata,
    _id(),
    Column("campaign", Text, ForeignKey("campaign.id")),  # NULL: concerns the installation
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),  # person, rule, job, subscriber, visitor
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: no person of ours
    Column("group", Text, nullable=False),  # rows of one press share it; undone together
    Column("action", Text, nullable=False),
    Column("story_id", Integer, ForeignKey("story.id")),
    Column("post_id", Integer, ForeignKey("post.id")),
    Column("version_id", Integer, ForeignKey("version.id")),
    Column("media_id", Integer, ForeignKey("media.id")),
    Column("issue_id", Integer, ForeignKey("issue.id")),
    _words("reason"),
    Column("facts", JSON, nullable=False),
    Column("before", JSON(none_as_null=True)),  # NULL: cannot be undone
    Column("undone_by", Integer, ForeignKey("decision.id")),  # NULL: stands
    Index("ix_decision_story_id", "story_id", "id"),
    Index("ix_decision_post_id", "post_id", "id"),
    Index("ix_decision_group", "group"),
    Index("ix_decision_campaign_at", "campaign", "at"),
    Index("ix_decision_campaign_id", "campaign", "id"),
    sqlite_autoincrement=True,
)

# What colleagues tell each other about a story; nobody else reads it.
note = Table(
    "note",
    metadata,
    _id(),
    _campaign(),
    Column("story_id", Integer, ForeignKey("story.id"), nullable=False, index=True),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Who looks at which story just now: one row a person, renewed while the card is chosen.
presence = Table(
    "presence",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id"), primary_key=True),
    _campaign(),
    Column("story_id", Integer, ForeignKey("story.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)

# Where a story takes place. ``place`` is an id of campaign/places.
story_place = Table(
    "story_place",
    metadata,
    _id(),
    _campaign(),
    Column("story_id", Integer, ForeignKey("story.id"), nullable=False),
    Column("place", Text, nullable=False),
    _words("reason"),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: a rule
    Column("at", Moment, nullable=False),
    UniqueConstraint("story_id", "place"),
    Index("ix_story_place_campaign_place", "campaign", "place"),
)

# A look at the queue that somebody keeps under a name.
saved_view = Table(
    "saved_view",
    metadata,
    _id(),
    _campaign(),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: everybody's
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),  # as in an address
    Column("created_at", Moment, nullable=False),
    Index("ix_saved_view_campaign", "campaign", "id"),
)

# What the desk does by itself with what comes in. Never changed: a new wording is a new row, the old one ended.
rule = Table(
    "rule",
    metadata,
    _id(),
    _campaign(),
    Column("name", Text, nullable=False),
    Column("conditions", JSON, nullable=False),  # campaign.rules.Conditions
    Column("effect", Text, nullable=False),  # campaign.rules.Effect
    Column("facts", JSON, nullable=False),  # what the effect needs: {"node": …}, {"place": …}
    _count("position"),
    _flag("paused"),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: made by command
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),  # NULL: in force
    Column("replaces", Integer, ForeignKey("rule.id")),  # NULL: a rule of its own
    Index("ix_rule_campaign", "campaign", "ended_at"),
    sqlite_autoincrement=True,
)

# Which rule met which post, and what it did or proposed.
rule_hit = Table(
    "rule_hit",
    metadata,
    Column("rule_id", Integer, ForeignKey("rule.id"), primary_key=True),
    Column("post_id", Integer, ForeignKey("post.id"), primary_key=True),
    Column("effect", Text, nullable=False),
    Column("why", JSON, nullable=False),  # the words, author, source … that it saw
    Column("at", Moment, nullable=False),
    Index("ix_rule_hit_post_id", "post_id"),
)

# --- strategy --------------------------------------------------------------------------------------------

strategy = Table(
    "strategy",
    metadata,
    Column("id", Text, primary_key=True),
    _campaign(),
    Column("title", Text, nullable=False),
    _words("owner"),
    _words("summary"),
    Column("period_from", Text, nullable=False),
    Column("period_to", Text, nullable=False),
    _words("note"),  # shown wherever the strategy is: "an invented sample"
    Column("names", JSON, nullable=False, server_default="{}"),  # what its planners call a kind: {"goal": "Ambition"}
    _count("position"),  # 0 is the campaign's own strategy, those after it are what it serves
    _count("version"),  # the latest of strategy_version
    _words("file_hash"),  # of the file as last loaded: the same file again changes nothing at the desk
    _count("file_version"),  # the version that held when it was; a later one was made at the desk
    Column("loaded_at", Moment, nullable=False),
)

# Every wording of a strategy. Only added to; the tables below are drawn from the latest.
strategy_version = Table(
    "strategy_version",
    metadata,
    _id(),
    _campaign(),
    Column("strategy_id", Text, ForeignKey("strategy.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("origin", Text, nullable=False),  # file, desk, sheet
    Column("document", JSON, nullable=False),  # campaign.strategy.as_json
    Column("changes", JSON, nullable=False),  # storage.strategy.Loaded, in codes
    _words("reason"),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: by command
    Column("at", Moment, nullable=False),
    UniqueConstraint("strategy_id", "number"),
    sqlite_autoincrement=True,
)

node = Table(
    "node",
    metadata,
    _id(),
    _campaign(),
    Column("strategy_id", Text, ForeignKey("strategy.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("parent_id", Integer, ForeignKey("node.id")),  # NULL: at the top
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    _words("text"),
    _words("why"),
    _words("success"),  # what must succeed
    Column("how", JSON, nullable=False, server_default="[]"),  # action points, in order
    Column("responsible", JSON, nullable=False, server_default="[]"),  # bodies, by name
    Column("agenda", JSON, nullable=False, server_default="[]"),  # Agenda 2030 goals, 1 to 17
    _words("colour"),
    Column("words", JSON, nullable=False),
    _count("position"),
    Column("ended_at", Moment),  # NULL: in force; ended nodes keep their evidence
    UniqueConstraint("strategy_id", "code"),
    sqlite_autoincrement=True,
)

# The codes and titles that a node had before: old addresses lead on, old issues keep their words.
node_was = Table(
    "node_was",
    metadata,
    _id(),
    _campaign(),
    Column("node_id", Integer, ForeignKey("node.id"), nullable=False, index=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("until_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),  # the strategy's last version that said so
    sqlite_autoincrement=True,
)

# What came after a node that was split or taken into another; it keeps its own evidence.
node_heir = Table(
    "node_heir",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("heir_id", Integer, ForeignKey("node.id"), primary_key=True),
    _campaign(),
    Column("at", Moment, nullable=False),
    Index("ix_node_heir_heir_id", "heir_id"),
)

# A node that serves one of another strategy of the campaign. Many to many.
mapping = Table(
    "mapping",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("serves_id", Integer, ForeignKey("node.id"), primary_key=True),
    _campaign(),
    _words("reason"),
    Index("ix_mapping_serves_id", "serves_id"),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _campaign(),
    Column("story_id", Integer, ForeignKey("story.id"), nullable=False),
    Column("node_id", Integer, ForeignKey("node.id"), nullable=False, index=True),
    Column("weight", Integer, nullable=False, server_default=text("2")),  # campaign.figures.Weight
    _words("reason"),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: a rule or job
    Column("at", Moment, nullable=False),
    UniqueConstraint("story_id", "node_id"),
    # Milestones are few among a goal's many stories.
    Index("ix_evidence_weight_node_id", "weight", "node_id"),
)

# --- figures ---------------------------------------------------------------------------------------------

# What is measured: drawn from the latest version of its strategy, as nodes are.
indicator = Table(
    "indicator",
    metadata,
    _id(),
    _campaign(),
    Column("strategy_id", Text, ForeignKey("strategy.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("wording", JSON, nullable=False),  # campaign.figures.Indicator, whole
    _count("position"),
    Column("ended_at", Moment),  # NULL: in force; an ended one keeps its values
    # How it is asked for, as of a source:
    Column("asked_hash", Text, nullable=False),  # of what is asked; a change asks anew
    Column("next_attempt_at", Moment),  # NULL: is not asked for (brought by hand, or ended)
    Column("last_run_at", Moment),  # NULL: never yet
    Column("last_ok_at", Moment),  # NULL: never yet
    Column("changed_at", Moment),  # NULL: never; else when a value last came or was revised
    _count("failures"),
    Column("error", JSON(none_as_null=True)),  # NULL: the last asking went well; else {"key", "facts", "permanent"}
    Column("claimed_until", Moment),  # NULL: nobody asks for it now; else it is free again then, whoever died
    Column("cursor", JSON, nullable=False, server_default="{}"),  # what the last asking left to the next
    _flag("discontinued"),  # its source says that it comes no more
    _words("told"),  # what its source calls it
    UniqueConstraint("strategy_id", "code"),
    Index("ix_indicator_next_attempt_at", "next_attempt_at"),
    sqlite_autoincrement=True,
)

indicator_node = Table(
    "indicator_node",
    metadata,
    Column("indicator_id", Integer, ForeignKey("indicator.id"), primary_key=True),
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    _campaign(),
    Index("ix_indicator_node_node_id", "node_id"),
)

# A value as it was known for a while. Never changed but for ``known_to``: a revised one is a new row.
measurement = Table(
    "measurement",
    metadata,
    _id(),
    _campaign(),
    Column("indicator_id", Integer, ForeignKey("indicator.id"), nullable=False),
    Column("area", Text, nullable=False),  # campaign.figures: "00", "13", "1380", "G123", or an own word
    Column("sex", Text, nullable=False),  # campaign.figures.Sex
    Column("period", Text, nullable=False),  # "2025", "2025K3", "2025M06"
    Column("value", Float(53)),  # NULL: the source has none; ``status`` says why where it does
    _words("status"),
    _flag("preliminary"),
    Column("known_from", Moment, nullable=False),
    Column("known_to", Moment),  # NULL: holds; else when another value, or its deletion, was known
    _flag("deleted"),  # its source took it away: the row that ends the one before
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: from the source itself
    _words("origin"),  # a file's name, where it was brought
    UniqueConstraint("indicator_id", "area", "sex", "period", "known_from"),
    Index("ix_measurement_known_to", "indicator_id", "known_to"),
    sqlite_autoincrement=True,
)

# What a person says of a goal: how it goes, and why. A new wording is a new row, the old one ended.
analysis = Table(
    "analysis",
    metadata,
    _id(),
    _campaign(),
    Column("node_id", Integer, ForeignKey("node.id"), nullable=False, index=True),
    Column("status", Text, nullable=False),  # campaign.figures.Status
    _words("text"),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: by command
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),  # NULL: stands
    sqlite_autoincrement=True,
)

# A measuring point, frozen. ``hash`` is of its parts' hashes: a part that is erased on request keeps its own.
snapshot = Table(
    "snapshot",
    metadata,
    _id(),
    _campaign(),
    Column("strategy_id", Text, ForeignKey("strategy.id"), nullable=False),
    Column("kind", Text, nullable=False),  # campaign.snapshots.SnapshotKind
    Column("title", Text, nullable=False),
    _words("text"),  # what its maker says of it
    Column("as_of", Text, nullable=False),  # the day it tells of
    Column("hash", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: by command
    Column("published_at", Moment),  # NULL: only the desk sees it
    Column("withdrawn_at", Moment),  # NULL: stands; else it was made in error and is shown nowhere
    Index("ix_snapshot_strategy_id", "strategy_id", "id"),
    sqlite_autoincrement=True,
)

snapshot_part = Table(
    "snapshot_part",
    metadata,
    Column("snapshot_id", Integer, ForeignKey("snapshot.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _campaign(),
    Column("kind", Text, nullable=False),  # campaign.snapshots.PartKind
    Column("body", Text),  # NULL: erased; else canonical JSON
    Column("sha256", Text, nullable=False),  # of the body as it was frozen
    Column("story_id", Integer, ForeignKey("story.id"), index=True),  # NULL: tells of no story
    Column("erased_at", Moment),  # NULL: whole
    _words("erased_why"),
)

# --- people ----------------------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _words("display_name"),
    _words("email"),
    Column("role", Text, nullable=False),
    Column("password", Text),  # NULL: cannot log in with a password
    Column("language", Text),  # NULL: the site's
    Column("shortcuts", Boolean, nullable=False, server_default=true()),
    Column("notices", JSON, nullable=False, server_default="[]"),  # when to mail what waits: ["monday 08:00"]
    Column("issuer", Text),  # NULL: no login elsewhere; else who vouches for the person (OIDC iss)
    Column("subject", Text),  # NULL: no login elsewhere; else the person's name there (OIDC sub)
    _count("failed"),
    Column("locked_until", Moment),  # NULL: not locked
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),  # NULL: active
    Index("ix_account_issuer_subject", "issuer", "subject", unique=True),
    sqlite_autoincrement=True,
)

# A role in one campaign, in place of the account's role everywhere. ``role`` "none" shuts the campaign.
membership = Table(
    "membership",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id"), primary_key=True),
    Column("campaign", Text, ForeignKey("campaign.id"), primary_key=True),
    Column("role", Text, nullable=False),
)

# Only a hash of what the browser holds. ``kind``: session, setup (first account), token (API).
login = Table(
    "login",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: setup, before an account exists
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("proved_at", Moment),  # NULL: not since the login; else when the person last proved who they are
    Column("held", LargeBinary),  # NULL: nothing waits; else, sealed, what the person does once they have proved it
)

# A person asks about their own post ("begär borttagning"); the receipt is what they hold.
person_case = Table(
    "person_case",
    metadata,
    _id(),
    _campaign(),
    Column("receipt", Text, nullable=False, unique=True),
    Column("story_id", Integer, ForeignKey("story.id")),  # NULL: concerns no single story
    _words("message"),
    _words("contact"),
    Column("state", Text, nullable=False),  # open, done, refused
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("closed_at", Moment),  # NULL: open
    Column("closed_by", Integer, ForeignKey("account.id")),  # NULL: open
    _words("answer"),
    Index("ix_person_case_state", "campaign", "state"),
    sqlite_autoincrement=True,
)

# --- the newsletter --------------------------------------------------------------------------------------

issue = Table(
    "issue",
    metadata,
    _id(),
    _campaign(),
    Column("newsletter", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("year", Integer, nullable=False),  # ISO year and week in which it is sent
    Column("week", Integer, nullable=False),
    Column("state", Text, nullable=False),
    _words("subject"),
    _words("preview"),
    _words("intro"),
    Column("selected_to", Moment, nullable=False),  # stories approved up to here were asked
    Column("drafted_at", Moment, nullable=False),
    Column("send_at", Moment, nullable=False),
    Column("announced_at", Moment),  # NULL: the editors were not told
    Column("reminded_at", Moment),  # NULL: no reminder went
    Column("missed_told_at", Moment),  # NULL: not missed, or not told
    Column("approved_at", Moment),  # NULL: not approved, or fallen
    Column("approved_by", Integer, ForeignKey("account.id")),  # NULL: not approved
    Column("approved_hash", Text),  # NULL: not approved
    Column("kind", Text, nullable=False, server_default="letter"),  # letter, yearbook
    Column("first_by", Integer, ForeignKey("account.id")),  # NULL: nobody, or one is enough; else who approved first
    Column("first_hash", Text),  # NULL: as above; else what they approved
    Column("frozen", JSON),  # NULL until sending begins; then the letter's content as sent
    Column("sent_from", Moment),  # NULL: sending has not begun
    Column("sent_at", Moment),  # NULL: not all sent
    Column("audience", Integer),  # NULL until deliveries are planned
    Column("why", JSON),  # NULL: nothing to explain; else {"key", "facts"} of the state
    _count("changes"),
    Column("selection", JSON, nullable=False),  # reasons for picks and omissions, for the editor
    UniqueConstraint("newsletter", "number"),
    Index("ix_issue_newsletter_week", "newsletter", "year", "week"),
    sqlite_autoincrement=True,
)

issue_item = Table(
    "issue_item",
    metadata,
    _id(),
    _campaign(),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    Column("story_id", Integer, ForeignKey("story.id"), index=True),  # NULL: written for the letter, see kind
    _words("section"),  # the code of a focus area, campaign.newsletter.YEAR_AGO or EVENTS; "" stands last
    _count("position"),
    _flag("left_out"),
    _words("title"),  # "": the story's own
    _words("text"),  # "": an excerpt of the story's own
    Column("reason", JSON, nullable=False),
    Column("post_id", Integer, ForeignKey("post.id"), index=True),  # NULL: not sent; else the post that was told
    Column("kind", Text, nullable=False, server_default="story"),  # campaign.newsletter.ItemKind
    _words("url"),  # where an event, a link or a number leads
    _words("value"),  # a number, as it is to be read: "12 400"
    _words("place"),  # where an event is
    Column("starts_at", Moment),  # NULL: no event
    Column("ends_at", Moment),  # NULL: not told
    _flag("all_day"),  # an event without a clock time
    UniqueConstraint("issue_id", "story_id"),
)

# A figure in an issue: one that moved, or one beside the stories of its goal.
# What an editor writes over a section of an issue: a note, in a yearbook the line of the year.
issue_section = Table(
    "issue_section",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), primary_key=True),
    Column("section", Text, primary_key=True),  # as in issue_item
    _campaign(),
    _words("intro"),  # Markdown
)

# What somebody at the desk saw of an issue when they last looked, so that changes since can be marked.
issue_look = Table(
    "issue_look",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id"), primary_key=True),
    _campaign(),
    Column("at", Moment, nullable=False),  # when what it is compared with was seen
    Column("changes", Integer, nullable=False),  # the issue's number of changes then
    Column("seen", JSON, nullable=False),  # campaign.issue_looks.to_json: what it is compared with
    Column("shown_at", Moment, nullable=False),  # when it was shown last
    Column("shown_changes", Integer, nullable=False),
    Column("shown", JSON, nullable=False),  # what was shown then: taken as seen on the next day
)

# A story that goes on from an earlier one.
story_follows = Table(
    "story_follows",
    metadata,
    Column("story_id", Integer, ForeignKey("story.id"), primary_key=True),
    Column("earlier_id", Integer, ForeignKey("story.id"), primary_key=True, index=True),
    _campaign(),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: by command
    Column("at", Moment, nullable=False),
)

issue_figure = Table(
    "issue_figure",
    metadata,
    _id(),
    _campaign(),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    Column("indicator_id", Integer, ForeignKey("indicator.id"), nullable=False, index=True),
    Column("measurement_id", Integer, ForeignKey("measurement.id")),  # NULL: a box beside its goal; else what moved
    _count("position"),
    _flag("left_out"),
    _words("text"),  # "": the made sentence
    Column("reason", JSON, nullable=False),
    UniqueConstraint("issue_id", "indicator_id"),
)

# What was put right after an issue had left: shown with its day on the issue's web copy.
correction = Table(
    "correction",
    metadata,
    _id(),
    _campaign(),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False, index=True),
    Column("story_id", Integer, ForeignKey("story.id")),  # NULL: concerns no single story
    Column("post_id", Integer, ForeignKey("post.id"), index=True),  # NULL: which was told was not kept
    Column("kind", Text, nullable=False),  # storage.corrections.Kind
    _words("text"),  # "": the made sentence
    Column("standing", JSON, nullable=False),  # what readers see since: storage.corrections.Standing
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: a job
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

issue_render = Table(
    "issue_render",
    metadata,
    Column("issue_id", Integer, ForeignKey("issue.id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # master, html, text; in another language "master.en" and so on
    _campaign(),
    Column("body", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)

subscriber = Table(
    "subscriber",
    metadata,
    _id(),
    _campaign(),
    Column("newsletter", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),  # folded to compare
    Column("state", Text, nullable=False),  # pending, active, left, bounced, complained
    Column("language", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("asked_at", Moment),  # NULL: no confirmation was asked for
    _count("asked"),
    Column("confirmed_at", Moment),  # NULL: not confirmed
    Column("left_at", Moment),  # NULL: has not left
    Column("areas", JSON, nullable=False, server_default="[]"),  # node ids of the chosen focus areas; [] all
    UniqueConstraint("newsletter", "email_key"),
    Index("ix_subscriber_state", "newsletter", "state", "id"),
    sqlite_autoincrement=True,
)

# What was agreed to, when and in which words. Only added to.
consent = Table(
    "consent",
    metadata,
    _id(),
    _campaign(),
    Column("subscriber_id", Integer, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # asked, confirmed, left, imported, added
    Column("at", Moment, nullable=False),
    _words("wording"),
    _words("wording_version"),
    Column("language", Text, nullable=False),
    _words("page"),  # the address of the page where it was said, "" for none
)

# Addresses that must not get letters, as keyed hashes: outlives erasure and import.
suppression = Table(
    "suppression",
    metadata,
    Column("newsletter", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    _campaign(),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _campaign(),
    Column("issue_id", Integer, ForeignKey("issue.id"), nullable=False),
    Column("subscriber_id", Integer, ForeignKey("subscriber.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False),  # campaign.newsletter.DeliveryState
    Column("worker", Text),  # NULL: nobody holds it
    Column("epoch", Integer),  # NULL: nobody holds it
    _count("attempt"),
    Column("not_before_at", Moment, nullable=False),
    Column("started_at", Moment),  # NULL: never tried
    Column("finished_at", Moment),  # NULL: open
    Column("message_id", Text, nullable=False),
    Column("reply_code", Integer),  # NULL: no answer yet
    _words("reply_text"),
    _words("language"),  # "": the site's
    Column("areas", JSON, nullable=False, server_default="[]"),  # node ids of the chosen focus areas; [] all
    _words("domain"),  # where the address is, lower case, in ASCII
    UniqueConstraint("issue_id", "subscriber_id"),
    Index("ix_delivery_issue_id_state", "issue_id", "state", "id"),
    Index("ix_delivery_started_at", "started_at"),
    Index("ix_delivery_domain_started_at", "domain", "started_at"),
    sqlite_autoincrement=True,
)

# What came back about a letter: a bounce, a complaint, a wish to leave. Only added to.
delivery_event = Table(
    "delivery_event",
    metadata,
    _id(),
    _campaign(),
    Column("delivery_id", Integer, ForeignKey("delivery.id"), index=True),  # NULL: the letter is not known
    Column("subscriber_id", Integer, ForeignKey("subscriber.id"), index=True),  # NULL: the address is not known
    Column("kind", Text, nullable=False),  # campaign.newsletter.EventKind
    Column("at", Moment, nullable=False),
    _words("status"),  # "5.1.1" (RFC 3463), "" where none was given
    _words("text"),  # the server's words, one line
    Column("mail", Text, nullable=False, unique=True),  # hash of the mail that told it: read twice, it counts once
    Index("ix_delivery_event_campaign_at", "campaign", "at"),
)

# Receiving domains that asked for time.
domain_pause = Table(
    "domain_pause",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    _count("failures"),  # in a row
    _words("text"),  # its server's words
)

# Which installation may send from this database: a copy of it stands somewhere else and must be told to.
sender = Table(
    "sender",
    metadata,
    Column("name", Text, primary_key=True),  # outbox
    Column("fingerprint", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: the first to send
    _count("epoch"),  # rises while letters leave; a file outside the database knows the highest
)

# What `skord doctor mail` found last about the domain that letters come from.
mail_check = Table(
    "mail_check",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("findings", JSON, nullable=False),  # [{"what", "standing", "key", "facts"}]
    Column("accepted_at", Moment),  # NULL: nobody said to send all the same
    Column("accepted_by", Integer, ForeignKey("account.id")),  # NULL: as above, or by command
)

# How far a mailbox of bounces has been read.
mailbox = Table(
    "mailbox",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", JSON, nullable=False),
    Column("read_at", Moment),  # NULL: never
    Column("error", JSON(none_as_null=True)),  # NULL: the last reading went well
)

# Tries that are counted for a while, under a keyed hash of who tries: no address of anybody's machine is kept.
attempt = Table(
    "attempt",
    metadata,
    _id(),
    Column("purpose", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_attempt_purpose_key", "purpose", "key", "at"),
)

# --- the archive -----------------------------------------------------------------------------------------
# Drawn from everything above in the transaction that changes it (storage/shelf.py): nothing here is a source of truth,
# and all of it can be drawn anew.

# What stands in the public archive, one row each. ``key`` is its place in time and its row in the full text: a story
# stands at its newest public post, an issue when it was sent, a node when its strategy was last changed.
shelf = Table(
    "shelf",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    _campaign(),
    Column("kind", Text, nullable=False),  # story, issue, yearbook, node
    Column("subject", Integer, nullable=False),  # the id of the story, the issue or the node
    Column("changed", BigInteger, nullable=False),  # the public revision that last drew it
    Column("at", Moment, nullable=False),  # when that was
    _flag("shy"),  # an author asks not to be found by search engines
    _flag("featured"),
    _words("facets"),  # what it can be narrowed by, tokens as in the full text
    _words("title"),  # "" for stories, which are read from their posts
    _words("text"),
    _words("path"),
    _words("language"),
    UniqueConstraint("kind", "subject"),
    Index("ix_shelf_campaign_kind_key", "campaign", "kind", "key"),
    Index("ix_shelf_campaign_changed", "campaign", "changed"),
    # What the desk lifted is little of much.
    Index(
        "ix_shelf_featured",
        "campaign",
        "kind",
        "key",
        sqlite_where=text("featured = 1"),
        postgresql_where=text("featured"),
    ),
)

# What stood in the archive and was taken away; it is gone from here again when it comes back.
shelf_gone = Table(
    "shelf_gone",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Integer, primary_key=True, autoincrement=False),
    _campaign(),
    Column("changed", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_shelf_gone_campaign_changed", "campaign", "changed"),
)

# How many public stories there are of each sort in each ISO week ("2026-W47") and month ("2026-11") of the site's zone.
shelf_count = Table(
    "shelf_count",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id"), primary_key=True),
    Column("facet", Text, primary_key=True),  # all, network, nodes, place, places, source
    Column("period", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # "" for all; for nodes their ids in order, "12+15", "" for none
    _count("stories"),
)

# One row, once all of the shelf was drawn to its end: in which way (storage.shelf.WAY), and counted in which zone.
shelf_drawn = Table(
    "shelf_drawn",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("way", Integer, nullable=False),
    Column("zone", Text, nullable=False),
)

# The stems that stand in the archive or stood there: words inside compounds and mistyped words are looked up here.
word = Table(
    "word",
    metadata,
    Column("stem", _BYTES_IN_ORDER, primary_key=True),
    Column("back", _BYTES_IN_ORDER, nullable=False, index=True),  # the stem read backwards, to find it by its end
)

# Who may ask more of the API. Only the hash of the token is kept.
token = Table(
    "token",
    metadata,
    _id(),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False, index=True),
    _words("name"),
    Column("hash", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),  # NULL: never yet
    Column("ends_at", Moment),  # NULL: for good
    Column("ended_at", Moment),  # NULL: holds; else when a person took it back
)

# How far the receiver of changes has been told, one row a campaign that has one.
hook = Table(
    "hook",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id"), primary_key=True),
    Column("changed", BigInteger, nullable=False, server_default=text("0")),  # everything up to here was told
    _count("tries"),
    Column("retry_at", Moment),  # NULL: nothing is waiting
    Column("told_at", Moment),  # NULL: nothing was told yet
    Column("error", JSON(none_as_null=True)),  # NULL: the last telling went well
)

# What the wall shows beside the stories.
wall = Table(
    "wall",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id"), primary_key=True),
    _words("message"),
    Column("until", Moment),  # NULL: until somebody takes it down
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: nobody wrote one yet
    Column("at", Moment, nullable=False),
)

# What was taken out of the house: to whom a later removal must be told.
export = Table(
    "export",
    metadata,
    _id(),
    Column("campaign", Text, ForeignKey("campaign.id")),  # NULL: the whole installation
    Column("account_id", Integer, ForeignKey("account.id")),  # NULL: from the command line
    Column("at", Moment, nullable=False),
    Column("finished_at", Moment),  # NULL: not yet, or broken off
    Column("format", Text, nullable=False),  # jsonl, csv, html, package
    Column("asked", JSON, nullable=False),  # the filters
    _flag("inner"),  # more than the public may see
    Column("counts", JSON, nullable=False, server_default="{}"),
    _words("file"),  # its name in data/exports, "" where it was written elsewhere or was removed
    _words("digest"),  # SHA-256 of the file
    _words("reason"),
    Column("stories", LargeBinary),  # NULL: not finished; else which stories went out (storage.exports)
    sqlite_autoincrement=True,
)

# --- full text -------------------------------------------------------------------------------------------
# Two tables beside the metadata: search_desk has a row a post, keyed by sort_key; search_public one for everything on
# the shelf, keyed by its key (rowid of FTS5 on SQLite, tsvector on PostgreSQL). Columns words and facets.
# storage/search.py alone reads and writes them.

#: search_desk holds the latest versions, search_public what the archive shows.
SEARCH_TABLES = ("search_desk", "search_public")
