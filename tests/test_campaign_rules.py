"""What rules make of a post: true hits, false friends, and who wins where rules disagree."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from campaign.rule_words import entries, found, near, read
from campaign.rules import MET, Author, Conditions, Effect, Facts, Outcome, Rule, Why, judge, meets, nearly


def rule(effect: Effect = Effect.HIDE, *, number: int = 1, **conditions: Any) -> Rule:
    made = conditions or {"words": ("rabatt",)}
    return Rule(id=number, name=f"Regel {number}", conditions=Conditions(**made), effect=effect, facts={})


def facts(**changes: Any) -> Facts:
    made: dict[str, Any] = {
        "text": "Rabatt på allt i Varberg! #hallandväxer",
        "source": "nyheter",
        "network": "x",
        "author_name": "Spam AB",
        "author_handle": "spam",
        "language": "sv",
    }
    return Facts(**(made | changes))


def did(outcome: Outcome) -> dict[int, str]:
    return {hit.rule.id: str(hit.did) for hit in outcome.hits}


HITS = [
    ("rabatt", "Stora rabatter i dag", ("rabatter",)),
    ("rabatt", "RABATT!", ("rabatt",)),
    ("växer", "Kommunen växer", ("växer",)),
    ("växer", "Vi vill växa", ("växa",)),
    ("växer", unicodedata.normalize("NFD", "Kommunen växer"), ("växer",)),
    (unicodedata.normalize("NFD", "växer"), "Kommunen växer", ("växer",)),
    ("gratis frakt", "Nu med gratis frakt hem", ("gratis frakt",)),
    ('"köp nu"', "Köp nu, betala sen", ("köp nu",)),
    ("”köp nu”", "köp nu", ("köp nu",)),
    ("rabatt*", "Använd rabattkoden", ("rabattkoden",)),
    ("#reklam", "Fin dag #Reklam", ("#reklam",)),
    ("rabatt", "ra\u00adbatt", ("rabatt",)),
    ("rabatt", "ra\u200bbatt", ("rabatt",)),
    ("\u200frabatt\u200e", "rabatt", ("rabatt",)),
    ("عرض", "عرض خاص اليوم", ("عرض",)),
    ("🔥", "Missa inte 🔥🔥", ("🔥",)),
    ("rabatt\nrea", "Rea i dag", ("rea",)),
    ("rabatt, rea", "Rea och rabatter", ("rea", "rabatter")),
    ('"rea, nu"', "Rea nu", ("rea nu",)),
]

FRIENDS = [
    ("växer", "Välkommen till Växjö"),
    ("växer", "Vaxer i dag"),
    ("växer", "Sagt i #hallandväxer"),
    ("vaxer", "Kommunen växer"),
    ("rea", "En reaktion, ett realt areal"),
    ("rabatt", "Rabattkoden gäller"),
    ('"köp nu"', "Köpa nu"),
    ('"köp nu"', "nu köp"),
    ("gratis frakt", "Frakt är inte gratis"),
    ("#reklam", "Reklam i radion"),
    ("rabatt", "rаbatt"),  # a Cyrillic а
    ("lån", "Lan i Halland"),
]


@pytest.mark.parametrize(("typed", "text", "told"), HITS)
def test_a_word_is_found_in_all_its_forms(typed: str, text: str, told: tuple[str, ...]) -> None:
    """Forms, spellings of one letter, phrases, beginnings, tags and signs are found, and told as they stand."""
    assert found(entries(typed), read(text)) == told


@pytest.mark.parametrize(("typed", "text"), FRIENDS)
def test_a_false_friend_is_not_found(typed: str, text: str) -> None:
    """Words inside words, names alike, letters without their dots and letters that only look alike are others."""
    assert found(entries(typed), read(text)) == ()


def test_words_that_almost_met_are_named() -> None:
    """A word inside a longer one is a near miss, and names the longer one; a word that is found is none."""
    told = near(entries("rabatt\nväxer"), read("Rabattkoden gäller i #hallandväxer, rabatter finns, Växjö"))
    assert [(each.entry, each.word) for each in told] == [("rabatt", "rabattkoden"), ("växer", "hallandväxer")]
    assert nearly(Conditions(words=("rabatt",)), facts(text="Rabattkoden")) != ()
    assert nearly(Conditions(words=("rabatt",), networks=("bluesky",)), facts(text="Rabattkoden")) == ()
    assert nearly(Conditions(words=("rabatt",)), facts(text="Rabattkoden ger rabatt")) == ()


CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"sources": ("nyheter",)}, {}, True),
    ({"sources": ("annat",)}, {}, False),
    ({"networks": ("x", "bluesky")}, {}, True),
    ({"networks": ("bluesky",)}, {}, False),
    ({"authors": (Author(name="@SPAM"),)}, {}, True),
    ({"authors": (Author(name="spam ab"),)}, {}, True),
    ({"authors": (Author(name="@spam ab"),)}, {}, False),
    ({"authors": (Author(name="@spam", network="bluesky"),)}, {}, False),
    ({"authors": (Author(name="@spam", network="x"),)}, {}, True),
    ({"authors": (Author(name="@spa"),)}, {}, False),
    ({"authors": (Author(name="@spаm"),)}, {}, False),  # a Cyrillic а
    ({"authors": (Author(name="@"),)}, {"author_handle": "", "author_name": ""}, False),
    ({"words": ("rabatt",), "without": ("varberg",)}, {}, False),
    ({"words": ("rabatt",), "without": ("laholm",)}, {}, True),
    ({"languages": ("sv",)}, {"language": "sv-SE"}, True),
    ({"languages": ("sv",)}, {"language": None}, False),
    ({"reply": True}, {}, False),
    ({"reply": False}, {}, True),
    ({"repost": True}, {"text": "RT @annan: rabatt"}, True),
    ({"repost": False}, {"text": "RT @annan: rabatt"}, False),
    ({"media": True}, {"pictures": 1}, True),
    ({"media": False}, {"pictures": 1}, False),
    ({"more_than": 3}, {"that_day": 4}, True),
    ({"more_than": 3}, {"that_day": 3}, False),
    ({"own": True}, {"own": True}, True),
    ({"own": True}, {}, False),
    ({"networks": ("x",), "words": ("rea",)}, {}, False),
    ({}, {}, False),
    ({"without": ("rea",)}, {}, False),
]


@pytest.mark.parametrize(("asked", "changed", "holds"), CONDITIONS)
def test_all_conditions_must_hold(asked: dict[str, Any], changed: dict[str, Any], holds: bool) -> None:
    """Each condition by itself and together; a rule without any takes nothing."""
    assert (meets(Conditions(**asked), facts(**changed)) is not None) is holds


def test_the_reason_names_what_was_asked_and_nothing_else() -> None:
    """A hit holds the author, network and words that met the rule, and survives being stored."""
    why = meets(Conditions(authors=(Author(name="@spam"),), words=("rabatt",), networks=("x",)), facts())
    assert why == Why(author="@spam", words=("rabatt",), network="x")
    assert Why.of(json.loads(json.dumps(why.as_data()))) == why
    asked = Conditions(authors=(Author(name="@a", network="x"),), reply=False, more_than=2, without=("rea",))
    assert Conditions.of(json.loads(json.dumps(asked.as_data()))) == asked


TRUSTED = {"own": True, "trusted": True}


def test_hiding_goes_before_publishing_whatever_the_order() -> None:
    """Hide, put off, publish, propose: the more careful one acts, and the others are only met."""
    rules = [rule(effect, number=at) for at, effect in enumerate(("propose", "publish", "later", "hide"), 1)]
    rules = [Rule(id=r.id, name=r.name, conditions=r.conditions, effect=Effect(r.effect), facts={}) for r in rules]
    for count, expected in ((4, 4), (3, 3), (2, 2), (1, 1)):
        outcome = judge(rules[:count], facts(**TRUSTED))
        assert {number for number, done in did(outcome).items() if done != MET} == {expected}


def test_the_first_of_equals_acts() -> None:
    """Of two rules that hide, and of two that sort, the first in order has its way."""
    assert did(judge([rule(number=7), rule(number=2)], facts())) == {7: "hide", 2: MET}
    outcome = judge([rule(Effect.LAST, number=1), rule(Effect.FIRST, number=2)], facts())
    assert (outcome.rank, did(outcome)) == (-1, {1: "last", 2: MET})


def test_suggestions_all_stand() -> None:
    """Several rules may each propose a place in the strategy, beside what is decided."""
    rules = [rule(Effect.SUGGEST, number=1), rule(Effect.SUGGEST, number=2), rule(Effect.FIRST, number=3)]
    outcome = judge(rules, facts())
    assert (did(outcome), outcome.rank, outcome.decision) == ({1: "suggest", 2: "suggest", 3: "first"}, 1, None)


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        ({}, ("not_own",)),
        ({"trusted": True}, ("not_own",)),
        ({"own": True}, ("not_trusted",)),
        (TRUSTED, ()),
        (TRUSTED | {"against": ("edited",)}, ("edited",)),
        (TRUSTED | {"against": ("flagged", "sensitive")}, ("flagged", "sensitive")),
    ],
)
def test_a_rule_publishes_only_trusted_channels_of_ones_own(changed: dict[str, Any], held: tuple[str, ...]) -> None:
    """Without trust, or where anything speaks against it, the rule proposes and says why."""
    (hit,) = judge([rule(Effect.PUBLISH)], facts(**changed)).hits
    assert (hit.did, hit.why.held) == (Effect.PROPOSE if held else Effect.PUBLISH, held)


def test_what_a_person_decided_stands() -> None:
    """No rule says anything of a post that a person has decided about."""
    assert judge([rule()], facts(decided=True)) == Outcome()


def test_many_words_are_looked_for_as_quickly_found_as_few() -> None:
    """A thousand entries still find the one that stands there, and nothing else."""
    many = tuple(f"ord{number}" for number in range(1000))
    assert found(many, read("ett ord777 här")) == ("ord777",)


def test_entries_are_kept_once_and_bounded() -> None:
    """Empty lines, doubles in another case and lone signs of the language of entries are left out."""
    assert entries('Rabatt\n rabatt ,\n"\n""\n*\n#\nrea') == ("Rabatt", "rea")
    assert len(entries("x" * 5000)[0]) == 200
