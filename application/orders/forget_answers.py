"""ForgetAnswers: drop the answers that nobody may ask for any more."""

from datetime import timedelta

from application.ports import Clock, KeptAnswers

KEEP_FOR = timedelta(hours=24)
AT_ONCE = 500  # in one transaction, for which others wait


class ForgetAnswers:
    """Keeps answers for KEEP_FOR."""

    def __init__(self, answers: KeptAnswers, clock: Clock) -> None:
        self._answers = answers
        self._clock = clock

    def __call__(self) -> None:
        """Drop all that are older. Raises RepositoryError; what was dropped stays so."""
        before = self._clock.now() - KEEP_FOR
        while self._answers.forget(before, AT_ONCE) == AT_ONCE:
            pass
