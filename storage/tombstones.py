"""Why something that stood in the archive stands there no more, as far as that may be told to anybody."""

from __future__ import annotations

from sqlalchemy import select

from campaign.records import PostState, Review
from storage import schema
from storage.store import Store

_POST = schema.post.c


def left_its_source(store: Store, story_id: int) -> bool:
    """Return whether a story is not shown because its posts cannot be read where they were published, and only so.

    Anybody can see that there. Where a person had a hand in it too, or its author let strangers in no more, the answer
    is no: then nothing but that it was removed on request may be told, and never on whose.
    """
    query = select(_POST.state, _POST.review, _POST.members_only).where(_POST.story_id == story_id)
    with store.read() as connection:
        posts = connection.execute(query).all()
    shown = [post for post in posts if post.review == Review.APPROVED]
    hidden = any(post.review == Review.HIDDEN or post.members_only for post in posts)
    return bool(shown) and not hidden and all(post.state != PostState.LIVE for post in shown)
