"""How the shelf was drawn: a database that was left half-way, or by an older program, is drawn anew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf_drawn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("way", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_drawn")),
    )
    # A shelf that stands already was drawn by the program of the migration before, which drew as this one does.
    op.execute(
        "INSERT INTO shelf_drawn (id, way, zone) SELECT 1, 1, 'Europe/Stockholm' WHERE EXISTS (SELECT 1 FROM shelf)"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what people decided")
