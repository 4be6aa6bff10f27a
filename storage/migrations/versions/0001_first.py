"""first."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEARCH_DDL = {
    "sqlite": [
        f'CREATE VIRTUAL TABLE {name} USING fts5(words, facets, tokenize="unicode61 remove_diacritics 0 '
        "tokenchars '_'\")"
        for name in ("search_desk", "search_public")
    ],
    "postgresql": [
        statement
        for name in ("search_desk", "search_public")
        for statement in (
            f"CREATE TABLE {name} (sort_key BIGINT PRIMARY KEY, words TSVECTOR NOT NULL, facets TSVECTOR NOT NULL)",
            f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)",
            f"CREATE INDEX ix_{name}_facets ON {name} USING gin (facets)",
        )
    ],
}


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("shortcuts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "told",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_told")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("renewed_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaigns", sa.JSON(), nullable=False),
        sa.Column("settings_hash", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("last_ok_at", Moment(), nullable=True),
        sa.Column("last_run_at", Moment(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("quotas", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("filled", sa.JSON(), nullable=True),
        sa.Column("token_expires_at", Moment(), nullable=True),
        sa.Column("asked_every", sa.Integer(), nullable=True),
        sa.Column("last_new_at", Moment(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("interval_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "session",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_session_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_session")),
    )
    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("from_at", Moment(), nullable=False),
        sa.Column("to_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_gap_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index("ix_gap_source_id_from_at", "gap", ["source_id", "from_at"], unique=False)
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("preview", sa.Text(), server_default="", nullable=False),
        sa.Column("intro", sa.Text(), server_default="", nullable=False),
        sa.Column("selected_to", Moment(), nullable=False),
        sa.Column("drafted_at", Moment(), nullable=False),
        sa.Column("send_at", Moment(), nullable=False),
        sa.Column("announced_at", Moment(), nullable=True),
        sa.Column("reminded_at", Moment(), nullable=True),
        sa.Column("missed_told_at", Moment(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_hash", sa.Text(), nullable=True),
        sa.Column("frozen", sa.JSON(), nullable=True),
        sa.Column("sent_from", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("audience", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["account.id"], name=op.f("fk_issue_approved_by")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("newsletter", "number", name=op.f("uq_issue_newsletter_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_issue_newsletter_week", "issue", ["newsletter", "year", "week"], unique=False)
    op.create_table(
        "login",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_account_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_login")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("new", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revised", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("skipped_why", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_run_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_source_id_id", "run", ["source_id", "id"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("featured", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("coming", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("later_until", Moment(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_story_campaign")),
        sa.ForeignKeyConstraint(["merged_into"], ["story.id"], name=op.f("fk_story_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_story_campaign_review", "story", ["campaign", "review", "sort_key"], unique=False)
    op.create_index("ix_story_waiting", "story", ["campaign", "waiting", "sort_key"], unique=False)
    op.create_table(
        "strategy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("period_from", sa.Text(), nullable=False),
        sa.Column("period_to", sa.Text(), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_strategy_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("asked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_subscriber_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("newsletter", "email_key", name=op.f("uq_subscriber_newsletter_email_key")),
        sa.UniqueConstraint("token", name=op.f("uq_subscriber_token")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriber_state", "subscriber", ["newsletter", "state", "id"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_suppression_campaign")),
        sa.PrimaryKeyConstraint("newsletter", "hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_task_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_task_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_state", "task", ["state", "id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("wording", sa.Text(), server_default="", nullable=False),
        sa.Column("wording_version", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_consent_campaign")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_consent_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_subscriber_id"), "consent", ["subscriber_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("reply_code", sa.Integer(), nullable=True),
        sa.Column("reply_text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_delivery_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_delivery_issue_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_delivery_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("issue_id", "subscriber_id", name=op.f("uq_delivery_issue_id_subscriber_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_issue_id_state", "delivery", ["issue_id", "state", "id"], unique=False)
    op.create_index("ix_delivery_started_at", "delivery", ["started_at"], unique=False)
    op.create_table(
        "issue_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("left_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_item_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_item_issue_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_issue_item_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_item")),
        sa.UniqueConstraint("issue_id", "story_id", name=op.f("uq_issue_item_issue_id_story_id")),
    )
    op.create_index(op.f("ix_issue_item_story_id"), "issue_item", ["story_id"], unique=False)
    op.create_table(
        "issue_render",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_render_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_render_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "kind", name=op.f("pk_issue_render")),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("colour", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_node_campaign")),
        sa.ForeignKeyConstraint(["parent_id"], ["node.id"], name=op.f("fk_node_parent_id")),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategy.id"], name=op.f("fk_node_strategy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
        sa.UniqueConstraint("strategy_id", "code", name=op.f("uq_node_strategy_id_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "person_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_person_case_campaign")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_person_case_closed_by")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_person_case_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_case")),
        sa.UniqueConstraint("receipt", name=op.f("uq_person_case_receipt")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_person_case_state", "person_case", ["campaign", "state"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("approved_version_id", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("missing_at", Moment(), nullable=True),
        sa.Column("recheck_at", Moment(), nullable=True),
        sa.Column("doubted_at", Moment(), nullable=True),
        sa.Column("doubts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("members_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("credit", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_post_campaign")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_post_source_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_post_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("campaign", "network", "identity", name=op.f("uq_post_campaign_network_identity")),
        sa.UniqueConstraint("sort_key", name=op.f("uq_post_sort_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_post_campaign_review", "post", ["campaign", "review", "sort_key"], unique=False)
    op.create_index("ix_post_recheck_at", "post", ["recheck_at"], unique=False)
    op.create_index(op.f("ix_post_story_id"), "post", ["story_id"], unique=False)
    op.create_table(
        "post_name",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_name_post_id")),
        sa.PrimaryKeyConstraint("post_id", "place", name=op.f("pk_post_name")),
    )
    op.create_index("ix_post_name_place_name", "post_name", ["place", "name"], unique=False)
    op.create_table(
        "trait",
        sa.Column("bucket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_trait_post_id")),
        sa.PrimaryKeyConstraint("bucket", "at", "post_id", name=op.f("pk_trait")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trait_post_id", "trait", ["post_id"], unique=False)
    op.create_table(
        "pair",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("percent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_pair_account_id")),
        sa.ForeignKeyConstraint(["other_id"], ["post.id"], name=op.f("fk_pair_other_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_pair_post_id")),
        sa.PrimaryKeyConstraint("post_id", "other_id", name=op.f("pk_pair")),
    )
    op.create_index("ix_pair_other_id", "pair", ["other_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_evidence_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_evidence_campaign")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_evidence_node_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_evidence_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("story_id", "node_id", name=op.f("uq_evidence_story_id_node_id")),
    )
    op.create_index(op.f("ix_evidence_node_id"), "evidence", ["node_id"], unique=False)
    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("look", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", Moment(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("alt", sa.Text(), nullable=True),
        sa.Column("decorative", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("right", sa.Text(), server_default="none", nullable=False),
        sa.Column("right_from", sa.Text(), server_default="", nullable=False),
        sa.Column("right_proof", sa.Text(), server_default="", nullable=False),
        sa.Column("right_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_media_campaign")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_media_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("post_id", "url", name=op.f("uq_media_post_id_url")),
    )
    op.create_index("ix_media_file", "media", ["file", "kind", "tries", "id"], unique=False)
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("edited_at", Moment(), nullable=True),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("author_handle", sa.Text(), server_default="", nullable=False),
        sa.Column("author_url", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("warning", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reply", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("shy", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_version_campaign")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_version_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_version_post_id_number")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("media_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_decision_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_decision_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_decision_issue_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_decision_media_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_decision_post_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_decision_story_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["decision.id"], name=op.f("fk_decision_undone_by")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_decision_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_campaign_at", "decision", ["campaign", "at"], unique=False)
    op.create_index("ix_decision_group", "decision", ["group"], unique=False)
    op.create_index("ix_decision_story_id", "decision", ["story_id", "id"], unique=False)
    op.create_index("ix_decision_post_id", "decision", ["post_id", "id"], unique=False)
    for statement in SEARCH_DDL[op.get_bind().dialect.name]:
        op.execute(statement)
    op.execute("INSERT INTO revision (id, public) VALUES (1, 0)")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
