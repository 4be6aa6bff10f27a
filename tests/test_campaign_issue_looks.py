from campaign.issue_looks import Changes, Mark, Reworded, Seen, SeenItem, changes, from_json, to_json


def seen(*ids: int, **others: SeenItem) -> Seen:
    return Seen(items={key: others.get(f"i{key}", SeenItem(section="1")) for key in ids}, words={"subject": "Skörd"})


def test_nothing_changed_is_nothing_marked() -> None:
    """The same look twice has no marks."""
    assert changes(seen(1, 2), seen(1, 2)) == Changes()


def test_new_left_out_and_taken_back_are_told_apart() -> None:
    """A new item, one that was taken out and one that came back have a mark each."""
    before = seen(1, 2, i2=SeenItem(section="1", left_out=True))
    after = seen(1, 2, 3, i1=SeenItem(section="1", left_out=True))
    assert changes(before, after).marks == {1: (Mark.OUT,), 2: (Mark.BACK,), 3: (Mark.NEW,)}


def test_a_new_item_that_was_left_out_again_is_no_news() -> None:
    """What came and went between two looks is not told."""
    assert changes(seen(1), seen(1, 2, i2=SeenItem(section="1", left_out=True))).count == 0


def test_rewording_tells_what_stood_there() -> None:
    """The old words are kept beside the new ones, field by field."""
    found = changes(seen(1, i1=SeenItem(section="1", text="Före")), seen(1, i1=SeenItem(section="1", text="Efter")))
    assert found.marks == {1: (Mark.REWORDED,)}
    assert found.reworded == {1: (Reworded(field="text", before="Före", after="Efter"),)}


def test_only_what_was_moved_is_marked_as_moved() -> None:
    """The last put first moves one item, not all the others."""
    assert changes(seen(1, 2, 3, 4), seen(4, 1, 2, 3)).marks == {4: (Mark.MOVED,)}


def test_another_section_is_a_move() -> None:
    """An item under another focus area has moved, its old mates have not."""
    assert changes(seen(1, 2), seen(1, 2, i1=SeenItem(section="2"))).marks == {1: (Mark.MOVED,)}


def test_the_issues_own_words_and_notes_are_compared() -> None:
    """Subject and the note over a section are told with what they were."""
    after = Seen(items=seen(1).items, words={"subject": "Skörd nu"}, notes={"1": "Läs först"})
    found = changes(seen(1), after)
    assert found.words == (Reworded(field="subject", before="Skörd", after="Skörd nu"),)
    assert found.notes == (Reworded(field="1", before="", after="Läs först"),)
    assert found.count == 2


def test_a_look_is_the_same_after_it_was_kept() -> None:
    """JSON gives back items in their order with all their words."""
    made = Seen(
        items={9: SeenItem(section="", title="Å"), 2: SeenItem(section="1", when="2026")}, words={"intro": "x"},
        notes={"1": "y"},
    )  # fmt: skip
    assert from_json(to_json(made)) == made
    assert list(from_json(to_json(made)).items) == [9, 2]
