"""What a letter says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from campaign.newsletter import YEAR_AGO, IssueItem, Why
from campaign.records import Right, Story
from digest.compose import compose, missing
from digest.letter import Letter, content_hash, from_json, to_json, web_copy
from digest.lint import lint_content
from digest_samples import AREAS, DRAFTED, GOAL, issue, item, media, post, settings, story


def composed(tmp_path: Path, *stories: Story, items: list[IssueItem] | None = None) -> Letter:
    """The letter of week 47 with these stories."""
    placed = items or [item(told.id) for told in stories]
    return compose(issue(), placed, {told.id: told for told in stories}, AREAS, settings(tmp_path))


def test_sections_are_the_strategys_areas(tmp_path: Path) -> None:
    """Stories stand under their focus areas, the others under "Mer från …"."""
    letter = composed(tmp_path, story(1), story(2), items=[item(1, section=""), item(2, section="2")])
    assert [section.title for section in letter.sections] == ["Konkurrenskraftig region", "Mer från Halland växer"]


def test_without_areas_the_section_is_not_called_more(tmp_path: Path) -> None:
    """A letter without a strategy has one section with a name of its own."""
    assert composed(tmp_path, story(1)).sections[0].title == "Veckans berättelser"


def test_only_pictures_that_may_be_shown_are_in_the_letter(tmp_path: Path) -> None:
    """A picture without right, words or our own copy is not in the letter; the next one that may be shown is."""
    shown = media(id=3, file="b" * 64)
    refused = (media(right=Right.NONE), media(alt=None), media(file=None), media(kind="video"))
    assert composed(tmp_path, story(1, media=refused)).items[0].picture is None
    picture = composed(tmp_path, story(1, media=(*refused, shown))).items[0].picture
    assert picture is not None
    assert (picture.file, picture.alt, picture.credit) == ("b" * 64, "En bro i morgonljus.", "Halmstads kommun")


def test_decorative_picture_has_empty_alt(tmp_path: Path) -> None:
    """A picture that somebody chose to call decorative is silent."""
    picture = composed(tmp_path, story(1, media=(media(decorative=True),))).items[0].picture
    assert picture is not None
    assert picture.alt == ""


def test_sensitive_post_shows_its_warning_and_neither_words_nor_picture(tmp_path: Path) -> None:
    """A content warning stands in place of what it warns of."""
    told = composed(tmp_path, story(1, warning="Blod", media=(media(),))).items[0]
    assert (told.title, told.warning, told.text, told.picture) == ("Blod", "Blod", "", None)


def test_editors_words_are_not_shown_as_a_quote(tmp_path: Path) -> None:
    """An editor's title and text replace the story's, and are marked as no quote."""
    told = composed(tmp_path, story(1), items=[item(1, title="Vår rubrik", text="Vår text.")]).items[0]
    assert (told.title, told.text, told.quoted, told.tags) == ("Vår rubrik", "Vår text.", False, "")


def test_story_of_a_year_ago_is_no_beginning_of_itself(tmp_path: Path) -> None:
    """It says which letter it stood in, and so do letters that were frozen when they said otherwise."""
    placed = item(1, section=YEAR_AGO, reason=Why(key="year_ago", facts={"number": 3}))
    made = compose(issue(), [placed], {1: story(1)}, AREAS, settings(tmp_path), earlier={1: 3})
    assert [(each.earlier, each.stood_in) for each in made.items] == [(0, 3)]
    assert made.items[0].earlier_url.endswith("/3")
    kept = to_json(made)
    kept["sections"][0]["items"][0] |= {"earlier": 3, "stood_in": 0}
    assert web_copy(kept, {1: story(1)}, now=DRAFTED).items[0].earlier == 0


def test_what_no_letter_had_yet_leaves_an_approval_as_it_was(tmp_path: Path) -> None:
    """A letter without anything of a year ago has the hash that it had before letters could name where it stood."""
    kept = to_json(composed(tmp_path, story(1)))
    for each in kept["sections"][0]["items"]:
        del each["stood_in"]
    assert content_hash(from_json(kept)) == content_hash(composed(tmp_path, story(1)))
    told = replace(composed(tmp_path, story(1)).items[0], stood_in=3)
    section = replace(composed(tmp_path, story(1)).sections[0], items=(told,))
    with_number = replace(composed(tmp_path, story(1)), sections=(section,))
    assert content_hash(with_number) != content_hash(composed(tmp_path, story(1)))


def test_a_letter_counts_its_news_alone(tmp_path: Path) -> None:
    """What comes, what was a year ago and what is gone are none: as many as it needs enough of."""
    placed = [item(1), item(2), item(3, section=YEAR_AGO)]
    made = composed(tmp_path, story(1), story(2), story(3), items=placed)
    gone = web_copy(to_json(made), {1: story(1), 3: story(3)}, now=DRAFTED)
    assert (made.count, gone.count) == (2, 1)
    assert [each.facts for each in lint_content(gone, min_items=2) if each.key == "too_few"] == [
        {"count": 1, "least": 2}
    ]


def test_editors_title_keeps_the_whole_quote(tmp_path: Path) -> None:
    """With a title of the editor's the quote begins at its own beginning."""
    told = composed(tmp_path, story(1), items=[item(1, title="Vår rubrik")]).items[0]
    assert told.text == "Berättelse nummer 1. Den har två meningar."
    assert told.quoted


def test_original_is_linked_only_where_it_is_on_the_web(tmp_path: Path) -> None:
    """An address that would run something is no link."""
    assert composed(tmp_path, story(1, url="javascript:alert(1)")).items[0].original_url == ""


def test_goals_below_the_area_are_named(tmp_path: Path) -> None:
    """The item says which goals it bears on; the area itself is its heading already."""
    told = composed(tmp_path, story(1, nodes=(AREAS[0], GOAL)), items=[item(1, section="1")]).items[0]
    assert told.goals == ("1.1 Levande städer",)


def test_hidden_story_is_not_in_the_letter_and_is_named(tmp_path: Path) -> None:
    """A story that nobody may see is left out, and the editor is told which."""
    items = [item(1), item(2)]
    letter = compose(issue(), items, {1: story(1)}, AREAS, settings(tmp_path))
    assert [told.story_id for told in letter.items] == [1]
    assert missing(items, {1: story(1)}) == (2,)


def test_subject_and_preview_are_made_where_nobody_wrote_them(tmp_path: Path) -> None:
    """A draft has a subject of at most 60 letters and a preview line from its titles."""
    letter = composed(tmp_path, story(1), story(2))
    assert letter.subject == "Halland växer nr 12: Berättelse nummer 1."
    assert letter.preview == "Berättelse nummer 1. · Berättelse nummer 2."
    long = composed(tmp_path, story(1, title="En mycket lång rubrik om allt som har hänt i veckan och mer därtill"))
    assert long.subject == "Halland växer nr 12"


def test_letter_survives_being_kept(tmp_path: Path) -> None:
    """What is frozen is what comes back."""
    letter = composed(tmp_path, story(1, media=(media(),)), story(2))
    assert from_json(to_json(letter)) == letter


def test_approval_covers_words_and_not_the_day(tmp_path: Path) -> None:
    """Another sending day keeps the hash of the content; one changed word does not."""
    letter = composed(tmp_path, story(1))
    moved = replace(letter, sent_on=letter.sent_on + timedelta(days=3), week=48)
    assert content_hash(moved) == content_hash(letter)
    assert content_hash(composed(tmp_path, story(1, text="Ett annat ord."))) != content_hash(letter)


def test_hidden_story_leaves_a_gap_in_the_web_copy(tmp_path: Path) -> None:
    """Nothing of a story hidden since is left in the web copy, only the mark that it was there."""
    letter = composed(tmp_path, story(1, author_name="Hemlig Person"), story(2))
    copy = web_copy(to_json(letter), {2: story(2)}, now=DRAFTED)
    gap, rest = copy.items
    assert gap.removed
    assert "Hemlig" not in repr(gap)
    assert gap.url == gap.title == gap.text == ""
    assert rest == letter.items[1]


def test_subject_and_preview_do_not_quote_what_is_hidden(tmp_path: Path) -> None:
    """A subject made from a story that is hidden now is told without it."""
    letter = composed(tmp_path, story(1, text="Hemlig sak hos oss. Mer."), story(2))
    assert "Hemlig" in letter.subject + letter.preview
    copy = web_copy(to_json(letter), {2: story(2)}, now=DRAFTED)
    assert "Hemlig" not in repr(copy)
    assert (copy.subject, copy.preview) == ("Halland växer nr 12", "Berättelse nummer 2.")


def test_withdrawn_picture_leaves_the_web_copy(tmp_path: Path) -> None:
    """A picture whose right is withdrawn after sending falls away, its story stays."""
    letter = composed(tmp_path, story(1, media=(media(),)))
    copy = web_copy(to_json(letter), {1: story(1, media=(media(right=Right.NONE),))}, now=DRAFTED)
    assert copy.items[0].picture is None
    assert copy.items[0].title == letter.items[0].title


def test_a_stranger_is_not_called_by_the_source_that_found_the_post(tmp_path: Path) -> None:
    """Of a post without an author the letter names nobody, unless a person typed the name."""
    unknown = {"network": "instagram", "source": "instagram-sok", "author_name": "", "author_handle": ""}
    assert composed(tmp_path, story(1, **unknown)).items[0].author == ""
    assert composed(tmp_path, story(1, **unknown, credit="Anna i Laholm")).items[0].author == "Anna i Laholm"


def test_a_story_names_its_first_two_places(tmp_path: Path) -> None:
    """Whoever looks for their own town finds it; an approval covers the names, and letters kept without still read."""
    told = {
        (): "",
        ("varberg",): "Varberg",
        ("varberg", "falkenberg"): "Varberg, Falkenberg",
        ("varberg", "falkenberg", "halmstad"): "Varberg, Falkenberg m.fl.",
    }
    letters = [composed(tmp_path, story(1, places=places)) for places in told]
    assert [letter.items[0].place for letter in letters] == list(told.values())
    assert len({content_hash(letter) for letter in letters}) == len(told)
    kept = to_json(letters[0])
    del kept["sections"][0]["items"][0]["place"]
    assert from_json(kept) == letters[0]


def test_a_picture_keeps_what_is_to_stay_in_view(tmp_path: Path) -> None:
    """What the editors pointed at goes with the letter, and survives being kept."""
    letter = composed(tmp_path, story(1, posts=(post(1, media=(media(focus=(20, 80)),)),)))
    assert letter.pictures[0].focus == (20, 80)
    assert from_json(to_json(letter)) == letter
