from digest.voices import By, Share, Telling, calm, shares


def telling(number: int, **changes: object) -> Telling:
    made = {"story": number, "voice": "region", "name": "Region Halland", "network": "mastodon", "area": "1"}
    return Telling(**(made | changes))  # type: ignore[arg-type]


def test_each_voice_has_its_share_now_and_before() -> None:
    """Three of four now and one of two before, the largest first, by the sender's name."""
    now = [telling(1), telling(2), telling(3), telling(4, voice="laholm", name="Laholms kommun")]
    before = [telling(5), telling(6, voice="laholm", name="Laholms kommun")]
    first, second = shares(now, before, By.VOICE)
    assert first == Share(key="region", name="Region Halland", count=3, of=4, before=1, before_of=2)
    assert (second.name, second.count, second.percent, second.percent_before) == ("Laholms kommun", 1, 25, 50)


def test_more_than_a_third_is_large_and_a_third_is_not() -> None:
    """Four of twelve is a third and quiet, five of twelve is pointed out."""
    quiet = [telling(number, voice="a" if number < 4 else f"v{number}") for number in range(12)]
    loud = [telling(number, voice="a" if number < 5 else f"v{number}") for number in range(12)]
    assert not any(each.is_large for each in shares(quiet, [], By.VOICE))
    assert [each.key for each in shares(loud, [], By.VOICE) if each.is_large] == ["a"]


def test_one_story_alone_is_never_too_much() -> None:
    """An issue of one or two stories says nothing about shares."""
    assert not any(each.is_large for each in shares([telling(1)], [], By.VOICE))
    assert not any(each.is_large for each in shares([telling(1), telling(2, voice="b")], [], By.VOICE))


def test_what_is_said_of_an_issue_without_a_loud_voice_is_true() -> None:
    """From three stories on nobody has more than a third; of one or two nobody has more than one story."""
    for count in range(1, 10):
        found = shares([telling(number, voice=f"v{number}") for number in range(count)], [], By.VOICE)
        assert not any(each.is_large for each in found)
        most = max(each.count for each in found)
        assert (calm(count) == "calm") == (most * 3 <= count)
        assert most == 1


def test_a_story_of_two_places_counts_for_both() -> None:
    """Each place has the story once, and the whole is the stories, not the places."""
    found = shares([telling(1, places=("1380", "1315", "1380")), telling(2, places=("1380",))], [], By.PLACE)
    assert [(each.key, each.count, each.of) for each in found] == [("1380", 2, 2), ("1315", 1, 2)]


def test_who_is_not_known_is_no_voice() -> None:
    """Stories without an author are not one sender together, yet belong to the whole."""
    found = shares([telling(1, voice=""), telling(2, voice=""), telling(3)], [], By.VOICE)
    assert [(each.key, each.count, each.of) for each in found] == [("region", 1, 3)]


def test_what_only_earlier_issues_had_is_told_with_nothing() -> None:
    """A focus area that used to be told of and is not now stands last with 0."""
    found = shares([telling(1)], [telling(2, area="2"), telling(3, area="2")], By.AREA)
    assert [(each.key, each.count, each.before) for each in found] == [("1", 1, 0), ("2", 0, 2)]
