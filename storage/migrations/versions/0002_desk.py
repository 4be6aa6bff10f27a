"""What the desk needs: rules, places, notes, presence, rights with an end, logins from elsewhere, roles a campaign."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "membership",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_membership_campaign")),
        sa.PrimaryKeyConstraint("account_id", "campaign", name=op.f("pk_membership")),
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rule_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_rule_campaign")),
        sa.ForeignKeyConstraint(["replaces"], ["rule.id"], name=op.f("fk_rule_replaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rule_campaign", "rule", ["campaign", "ended_at"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_saved_view_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_campaign", "saved_view", ["campaign", "id"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("standing", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_correction_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_correction_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_correction_issue_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_correction_post_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_correction_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_correction_issue_id"), "correction", ["issue_id"], unique=False)
    op.create_index(op.f("ix_correction_post_id"), "correction", ["post_id"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_note_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_note_campaign")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_note_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_note_story_id"), "note", ["story_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_presence_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_presence_campaign")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_presence_story_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_story_id"), "presence", ["story_id"], unique=False)
    op.create_table(
        "story_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_story_place_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_story_place_campaign")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_place_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_place")),
        sa.UniqueConstraint("story_id", "place", name=op.f("uq_story_place_story_id_place")),
    )
    op.create_index("ix_story_place_campaign_place", "story_place", ["campaign", "place"], unique=False)
    op.create_table(
        "rule_hit",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_rule_hit_post_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_rule_hit_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "post_id", name=op.f("pk_rule_hit")),
    )
    op.create_index("ix_rule_hit_post_id", "rule_hit", ["post_id"], unique=False)
    op.add_column("account", sa.Column("notices", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("account", sa.Column("issuer", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("subject", sa.Text(), nullable=True))
    op.create_index("ix_account_issuer_subject", "account", ["issuer", "subject"], unique=True)
    op.execute(
        "ALTER TABLE issue_item ADD COLUMN post_id INTEGER CONSTRAINT fk_issue_item_post_id REFERENCES post (id)"
    )
    op.create_index(op.f("ix_issue_item_post_id"), "issue_item", ["post_id"], unique=False)
    op.add_column("login", sa.Column("proved_at", Moment(), nullable=True))
    op.add_column("login", sa.Column("held", sa.LargeBinary(), nullable=True))
    op.add_column(
        "media", sa.Column("right_uses", sa.JSON(), server_default='["web", "mail", "print"]', nullable=False)
    )
    op.add_column("media", sa.Column("right_until", Moment(), nullable=True))
    op.add_column("media", sa.Column("asked_at", Moment(), nullable=True))
    op.execute("ALTER TABLE media ADD COLUMN asked_by INTEGER CONSTRAINT fk_media_asked_by REFERENCES account (id)")
    op.add_column("media", sa.Column("focus_x", sa.Integer(), nullable=True))
    op.add_column("media", sa.Column("focus_y", sa.Integer(), nullable=True))
    op.add_column("source", sa.Column("trusted_at", Moment(), nullable=True))
    op.execute(
        "ALTER TABLE source ADD COLUMN trusted_by INTEGER CONSTRAINT fk_source_trusted_by REFERENCES account (id)"
    )
    op.add_column("story", sa.Column("rank", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("story", sa.Column("flags", sa.JSON(), server_default="[]", nullable=False))
    op.execute("ALTER TABLE story ADD COLUMN first_by INTEGER CONSTRAINT fk_story_first_by REFERENCES account (id)")
    op.add_column("story", sa.Column("excerpt", sa.JSON(), nullable=True))
    op.drop_index(op.f("ix_story_waiting"), table_name="story")
    op.create_index(
        "ix_story_waiting",
        "story",
        ["campaign", "waiting", "rank", "sort_key", "first_by", "merged_into", "review", "later_until"],
        unique=False,
    )
    op.create_index("ix_decision_campaign_id", "decision", ["campaign", "id"], unique=False)
    op.create_index("ix_version_campaign_language", "version", ["campaign", "language"], unique=False)
    op.create_index("ix_media_right_until", "media", ["campaign", "right_until"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
