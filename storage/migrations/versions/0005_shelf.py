"""The shelf: what stands in the public archive, counted and searched; tokens, receivers of changes, wall, exports."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Compared by the numbers of its characters, so that a beginning is a span of the index on PostgreSQL too.
C_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_index("ix_evidence_weight_node_id", "evidence", ["weight", "node_id"], unique=False)
    op.create_table(
        "word",
        sa.Column("stem", C_TEXT, nullable=False),
        sa.Column("back", C_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("stem", name=op.f("pk_word")),
    )
    op.create_index(op.f("ix_word_back"), "word", ["back"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("inner", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("counts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("stories", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_export_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_export_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hook",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", Moment(), nullable=True),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_hook_campaign")),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_hook")),
    )
    op.create_table(
        "shelf",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("shy", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("featured", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("facets", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_shelf_campaign")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shelf")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_shelf_kind_subject")),
    )
    op.create_index("ix_shelf_campaign_changed", "shelf", ["campaign", "changed"], unique=False)
    op.create_index("ix_shelf_campaign_kind_key", "shelf", ["campaign", "kind", "key"], unique=False)
    op.create_index(
        "ix_shelf_featured",
        "shelf",
        ["campaign", "kind", "key"],
        unique=False,
        sqlite_where=sa.text("featured = 1"),
        postgresql_where=sa.text("featured"),
    )
    op.create_table(
        "shelf_count",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("stories", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_shelf_count_campaign")),
        sa.PrimaryKeyConstraint("campaign", "facet", "period", "value", name=op.f("pk_shelf_count")),
    )
    op.create_table(
        "shelf_gone",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_shelf_gone_campaign")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_shelf_gone")),
    )
    op.create_index("ix_shelf_gone_campaign_changed", "shelf_gone", ["campaign", "changed"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.create_table(
        "wall",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_wall_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_wall_campaign")),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_wall")),
    )
    # One row a story instead of one a post; storage/shelf.py draws it anew when the program starts.
    op.execute("DELETE FROM search_public")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
