"""Where episodes are handed in: played by a driver, or read from the log if they were played before."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.agents import ChatTokenizer, Curfew, Episode, Generator, Rollout, RolloutDriver, is_cut
from palestra.trainer.modes.rollout_log import RolloutLog


class Desk:
    """Plays the episodes of a step and writes each down as it ends."""

    def __init__(self, driver: RolloutDriver, log: RolloutLog, curfew: Curfew | None = None) -> None:
        """A desk.

        Args:
            driver: Plays what the log does not hold.
            log: Is asked first, and hears of what was played.
            curfew: Ends what is still played when it falls.
        """
        self.replayed: set[str] = set()
        """Keys of the rollouts that came from the log."""
        self._driver = driver
        self._log = log
        # Nobody waits for another prompt: an episode that has to be cut, or carried on, holds no other up.
        self._call = driver.begin(curfew=curfew, on_done=self._write_down, by_prompt=True)

    @property
    def generating_s(self) -> float:
        """Seconds in which the generator had something to answer."""
        return self._call.requests.generating_s

    @property
    def tokenizer(self) -> ChatTokenizer:
        """Turns messages into tokens, and tokens into text."""
        return self._driver.tokenizer

    def with_generator(self, generator: Generator) -> RolloutDriver:
        """A driver of the same settings that asks another generator, and whose rollouts no log holds."""
        return self._driver.with_generator(generator)

    async def play(self, episodes: Sequence[Episode]) -> list[Rollout]:
        """The rollouts of all episodes, in their order."""
        found = {episode.key: self._log.find(episode.key) for episode in episodes}
        missing = [episode for episode in episodes if found[episode.key] is None]
        played = iter(await self._driver.play(missing, call=self._call))
        self.replayed |= {key for key, rollout in found.items() if rollout is not None}
        return [found[episode.key] or next(played) for episode in episodes]

    def close(self) -> None:
        """Give up requests that nobody waits for any more."""
        self._call.requests.close()

    def _write_down(self, rollout: Rollout) -> None:
        if not is_cut(rollout):  # a run that goes on later plays it whole
            self._log.append(rollout)
