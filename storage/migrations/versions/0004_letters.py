"""Letters: free items, notes over sections, two approvals, choices of subscribers, bounces, the sender's own marks."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_purpose_key", "attempt", ["purpose", "key", "at"], unique=False)
    op.create_table(
        "domain_pause",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_pause")),
    )
    op.create_table(
        "mailbox",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "mail_check",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["account.id"], name=op.f("fk_mail_check_accepted_by")),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_check")),
    )
    op.create_table(
        "sender",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sender_account_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sender")),
    )
    op.create_table(
        "issue_look",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("shown_at", Moment(), nullable=False),
        sa.Column("shown_changes", sa.Integer(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_issue_look_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_look_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_look_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "account_id", name=op.f("pk_issue_look")),
    )
    op.create_table(
        "issue_section",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("intro", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_section_campaign")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_section_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "section", name=op.f("pk_issue_section")),
    )
    op.create_table(
        "story_follows",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_story_follows_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_story_follows_campaign")),
        sa.ForeignKeyConstraint(["earlier_id"], ["story.id"], name=op.f("fk_story_follows_earlier_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_story_follows_story_id")),
        sa.PrimaryKeyConstraint("story_id", "earlier_id", name=op.f("pk_story_follows")),
    )
    op.create_index(op.f("ix_story_follows_earlier_id"), "story_follows", ["earlier_id"], unique=False)
    op.create_table(
        "delivery_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_delivery_event_campaign")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_event_delivery_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_delivery_event_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
        sa.UniqueConstraint("mail", name=op.f("uq_delivery_event_mail")),
    )
    op.create_index("ix_delivery_event_campaign_at", "delivery_event", ["campaign", "at"], unique=False)
    op.create_index(op.f("ix_delivery_event_delivery_id"), "delivery_event", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_delivery_event_subscriber_id"), "delivery_event", ["subscriber_id"], unique=False)
    op.add_column("delivery", sa.Column("language", sa.Text(), server_default="", nullable=False))
    op.add_column("delivery", sa.Column("areas", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("delivery", sa.Column("domain", sa.Text(), server_default="", nullable=False))
    after = "substr(address, instr(address, '@') + 1)"
    if op.get_bind().dialect.name == "postgresql":
        after = "split_part(address, '@', 2)"
    op.execute(f"UPDATE delivery SET domain = lower({after}) WHERE address <> ''")  # noqa: S608 - words of our own
    op.create_index("ix_delivery_domain_started_at", "delivery", ["domain", "started_at"], unique=False)
    op.add_column("issue", sa.Column("kind", sa.Text(), server_default="letter", nullable=False))
    op.execute("ALTER TABLE issue ADD COLUMN first_by INTEGER CONSTRAINT fk_issue_first_by REFERENCES account (id)")
    op.add_column("issue", sa.Column("first_hash", sa.Text(), nullable=True))
    op.add_column("issue_item", sa.Column("kind", sa.Text(), server_default="story", nullable=False))
    op.add_column("issue_item", sa.Column("url", sa.Text(), server_default="", nullable=False))
    op.add_column("issue_item", sa.Column("value", sa.Text(), server_default="", nullable=False))
    op.add_column("issue_item", sa.Column("place", sa.Text(), server_default="", nullable=False))
    op.add_column("issue_item", sa.Column("starts_at", Moment(), nullable=True))
    op.add_column("issue_item", sa.Column("ends_at", Moment(), nullable=True))
    op.add_column("issue_item", sa.Column("all_day", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("issue_item") as batch:
        batch.alter_column("story_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("post", sa.Column("engagement", sa.Integer(), nullable=True))
    op.add_column("subscriber", sa.Column("areas", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("consent", sa.Column("page", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
