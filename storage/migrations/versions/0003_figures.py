"""Strategies as versions, evidence with weight, figures, analyses and measuring points."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What is frozen stays: a part may lose its body, on request, once and marked, and nothing else of it ever changes.
_FROZEN = {
    "sqlite": (
        "CREATE TRIGGER snapshot_part_stays BEFORE UPDATE ON snapshot_part WHEN OLD.body IS NULL"
        " OR NEW.body IS NOT NULL OR NEW.erased_at IS NULL OR NEW.sha256 <> OLD.sha256 OR NEW.kind <> OLD.kind"
        " OR NEW.position <> OLD.position"
        " OR NEW.snapshot_id <> OLD.snapshot_id OR NEW.campaign <> OLD.campaign OR NEW.story_id IS NOT OLD.story_id"
        " BEGIN SELECT RAISE(ABORT, 'a measuring point is frozen'); END",
        "CREATE TRIGGER snapshot_part_kept BEFORE DELETE ON snapshot_part"
        " BEGIN SELECT RAISE(ABORT, 'a measuring point is frozen'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION snapshot_part_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'a measuring point is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER snapshot_part_stays BEFORE UPDATE ON snapshot_part FOR EACH ROW WHEN (OLD.body IS NULL"
        " OR NEW.body IS NOT NULL OR NEW.erased_at IS NULL OR NEW.sha256 <> OLD.sha256 OR NEW.kind <> OLD.kind"
        " OR NEW.position <> OLD.position OR NEW.snapshot_id <> OLD.snapshot_id OR NEW.campaign <> OLD.campaign"
        " OR NEW.story_id IS DISTINCT FROM OLD.story_id) EXECUTE FUNCTION snapshot_part_frozen()",
        "CREATE TRIGGER snapshot_part_kept BEFORE DELETE ON snapshot_part FOR EACH ROW"
        " EXECUTE FUNCTION snapshot_part_frozen()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("wording", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("asked_hash", sa.Text(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_run_at", Moment(), nullable=True),
        sa.Column("last_ok_at", Moment(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("cursor", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("discontinued", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_indicator_campaign")),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategy.id"], name=op.f("fk_indicator_strategy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("strategy_id", "code", name=op.f("uq_indicator_strategy_id_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_indicator_next_attempt_at", "indicator", ["next_attempt_at"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_snapshot_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_snapshot_campaign")),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategy.id"], name=op.f("fk_snapshot_strategy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_snapshot_strategy_id", "snapshot", ["strategy_id", "id"], unique=False)
    op.create_table(
        "strategy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_strategy_version_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_strategy_version_campaign")),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategy.id"], name=op.f("fk_strategy_version_strategy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_version")),
        sa.UniqueConstraint("strategy_id", "number", name=op.f("uq_strategy_version_strategy_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "analysis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_analysis_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_analysis_campaign")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_analysis_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_analysis_node_id"), "analysis", ["node_id"], unique=False)
    op.create_table(
        "indicator_node",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_indicator_node_campaign")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_node_indicator_id")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_indicator_node_node_id")),
        sa.PrimaryKeyConstraint("indicator_id", "node_id", name=op.f("pk_indicator_node")),
    )
    op.create_index("ix_indicator_node_node_id", "indicator_node", ["node_id"], unique=False)
    op.create_table(
        "mapping",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("serves_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_mapping_campaign")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_mapping_node_id")),
        sa.ForeignKeyConstraint(["serves_id"], ["node.id"], name=op.f("fk_mapping_serves_id")),
        sa.PrimaryKeyConstraint("node_id", "serves_id", name=op.f("pk_mapping")),
    )
    op.create_index("ix_mapping_serves_id", "mapping", ["serves_id"], unique=False)
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(precision=53), nullable=True),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("preliminary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("known_from", Moment(), nullable=False),
        sa.Column("known_to", Moment(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_measurement_account_id")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_measurement_campaign")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_measurement_indicator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint(
            "indicator_id",
            "area",
            "sex",
            "period",
            "known_from",
            name=op.f("uq_measurement_indicator_id_area_sex_period_known_from"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_measurement_known_to", "measurement", ["indicator_id", "known_to"], unique=False)
    op.create_table(
        "node_heir",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("heir_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_node_heir_campaign")),
        sa.ForeignKeyConstraint(["heir_id"], ["node.id"], name=op.f("fk_node_heir_heir_id")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_node_heir_node_id")),
        sa.PrimaryKeyConstraint("node_id", "heir_id", name=op.f("pk_node_heir")),
    )
    op.create_index("ix_node_heir_heir_id", "node_heir", ["heir_id"], unique=False)
    op.create_table(
        "node_was",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("until_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_node_was_campaign")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_node_was_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_was")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_node_was_node_id"), "node_was", ["node_id"], unique=False)
    op.create_table(
        "snapshot_part",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.Column("erased_why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_snapshot_part_campaign")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_snapshot_part_snapshot_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_snapshot_part_story_id")),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name=op.f("pk_snapshot_part")),
    )
    op.create_index(op.f("ix_snapshot_part_story_id"), "snapshot_part", ["story_id"], unique=False)
    for statement in _FROZEN[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "issue_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("measurement_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("left_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_issue_figure_campaign")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_issue_figure_indicator_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_figure_issue_id")),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurement.id"], name=op.f("fk_issue_figure_measurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_figure")),
        sa.UniqueConstraint("issue_id", "indicator_id", name=op.f("uq_issue_figure_issue_id_indicator_id")),
    )
    op.create_index(op.f("ix_issue_figure_indicator_id"), "issue_figure", ["indicator_id"], unique=False)
    op.add_column("evidence", sa.Column("weight", sa.Integer(), server_default=sa.text("2"), nullable=False))
    op.add_column("node", sa.Column("why", sa.Text(), server_default="", nullable=False))
    op.add_column("node", sa.Column("success", sa.Text(), server_default="", nullable=False))
    op.add_column("node", sa.Column("how", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("node", sa.Column("responsible", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("node", sa.Column("agenda", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("strategy", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("strategy", sa.Column("names", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("strategy", sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("strategy", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("strategy", sa.Column("file_hash", sa.Text(), server_default="", nullable=False))
    op.add_column("strategy", sa.Column("file_version", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
