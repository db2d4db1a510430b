"""What is said of a word that is not known."""

from shared.contracts.stages import Code
from shared.contracts.unknown_words import close_word, known_word, no_such


def test_capital_letters_make_no_other_word() -> None:
    assert known_word("Navy", ["blue", "navy"]) == "navy"
    assert known_word("navvy", ["blue", "navy"]) is None


def test_the_word_that_may_be_meant_is_named_and_so_are_all_others() -> None:
    assert no_such("navvy", ["black", "navy"]) == (
        "there is no 'navvy'; did you mean 'navy'? There are black, navy"
    )
    assert no_such("xyz", ["black", "navy"]) == "there is no 'xyz'; there are black, navy"
    assert no_such("xyz", []) == "there is no 'xyz', nor anything else"
    assert no_such("no_persn", Code).startswith(
        "there is no 'no_persn'; did you mean 'no_person'? There are ok, no_person, "
    )


def test_of_many_words_only_some_are_named() -> None:
    told = no_such("x", map(str, range(1041)))
    assert told.endswith(", 38, 39 and 1,001 more")


def test_what_looks_like_nothing_is_not_suggested() -> None:
    assert close_word("dead", ["leased", "done"]) is None
