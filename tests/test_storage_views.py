import pytest

from builders import account
from campaign.errors import InputError, NotFoundError
from conftest import NOW
from storage.store import Store
from storage.views import MOST, NAME_MAX, Keeper, SavedView, list_views, remove_view, rename_view, save_view


def keeper(store: Store, name: str = "anna", *, shares: bool = False) -> Keeper:
    return Keeper(campaign="hallandvaxer", account_id=account(store, name=name), shares=shares)


def keep(store: Store, own: Keeper, name: str, *, shared: bool = False) -> SavedView:
    return save_view(store, own, name=name, query="network=bluesky", shared=shared, now=NOW)


def names(store: Store, own: Keeper) -> list[str]:
    return [view.name for view in list_views(store, own)]


def test_a_person_sees_their_own_views_and_everybodys(store: Store) -> None:
    """Everybody's stand first, another's own never do, another campaign's neither."""
    anna, bo = keeper(store, shares=True), keeper(store, "bo")
    keep(store, anna, "Ålderdom")
    keep(store, anna, "Zoologi", shared=True)
    assert names(store, anna) == ["Zoologi", "Ålderdom"]
    assert names(store, bo) == ["Zoologi"]
    assert names(store, Keeper(campaign="annan", account_id=anna.account_id)) == []


def test_only_those_who_share_keep_views_for_everybody(store: Store) -> None:
    """Without that a view stays the person's own, whatever was asked."""
    assert keep(store, keeper(store), "Mitt", shared=True).shared is False
    assert keep(store, keeper(store, "bo", shares=True), "Allas", shared=True).shared is True


def test_nobody_changes_what_is_anothers(store: Store) -> None:
    """Another's own view, and everybody's for those who do not share, are not there to rename or remove."""
    anna, bo = keeper(store, shares=True), keeper(store, "bo")
    for view in (keep(store, anna, "Annas"), keep(store, anna, "Allas", shared=True)):
        with pytest.raises(NotFoundError, match="view_missing"):
            rename_view(store, bo, view.id, name="Bos")
        with pytest.raises(NotFoundError, match="view_missing"):
            remove_view(store, bo, view.id)
    assert names(store, anna) == ["Allas", "Annas"]


def test_a_name_stands_once_and_is_never_empty(store: Store) -> None:
    """Whatever the case of its letters; a view may keep its own name, and a long one is cut."""
    own = keeper(store)
    first = keep(store, own, "  Bluesky \n idag ")
    assert first.name == "Bluesky idag"
    with pytest.raises(InputError, match="view_taken"):
        keep(store, own, "BLUESKY IDAG")
    with pytest.raises(InputError, match="view_unnamed"):
        keep(store, own, " \t ")
    rename_view(store, own, first.id, name="Bluesky idag")
    assert len(keep(store, own, "x" * 200).name) == NAME_MAX


def test_a_person_has_so_many_views_and_no_more(sqlite_store: Store) -> None:
    """One more is refused, and takes nothing away."""
    own = keeper(sqlite_store)
    for number in range(MOST):
        keep(sqlite_store, own, str(number))
    with pytest.raises(InputError, match="views_full"):
        keep(sqlite_store, own, "en till")
    assert len(names(sqlite_store, own)) == MOST


def test_a_removed_view_says_what_it_was(store: Store) -> None:
    """So that the look stays open and can be kept again."""
    own = keeper(store)
    made = keep(store, own, "Bluesky")
    assert remove_view(store, own, made.id).query == "network=bluesky"
    assert names(store, own) == []
