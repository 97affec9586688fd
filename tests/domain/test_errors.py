"""An error holds the details that its reader needs to act on it."""

from moderation.domain.errors import AlreadyDecided, Claimed, FieldError, ModerationError


def test_an_error_names_the_fields_it_is_about():
    wrong = FieldError("#/text", "is empty")

    error = ModerationError("The comment cannot be read.", errors=(wrong,))

    assert (str(error), error.detail, error.errors) == (error.detail, str(error), (wrong,))


def test_the_conflict_names_the_earlier_decision():
    error = AlreadyDecided("Somebody was faster.", decision={"by": "Ada"})

    assert error.decision == {"by": "Ada"}
    assert AlreadyDecided("Somebody was faster.").decision is None


def test_the_conflict_names_the_holder_of_the_claim():
    assert Claimed("Ada is reading it.", claim={"by": "Ada"}).claim == {"by": "Ada"}
