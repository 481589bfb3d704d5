"""The ranks behind the first: each keeps its shards, and does what it is told with its share of the samples."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from palestra.trainer.checkpoints.checkpoint import Checkpoint
from palestra.trainer.config import TrainConfig
from palestra.trainer.crew import orders
from palestra.trainer.crew.crew import Crew
from palestra.trainer.errors import DisagreementError, TrainerError
from palestra.trainer.learner.learned import Learned
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import mean_kl_of
from palestra.trainer.learner.sync_proof import SyncProof
from palestra.trainer.model.policy import Policy
from palestra.trainer.run.assembly import assemble_learned, next_learned
from palestra.trainer.stages.span import spans

log = logging.getLogger("palestra")


def follow(config: TrainConfig, crew: Crew) -> int:
    """Do what the first rank says until it says that the run is over.

    Returns:
        The exit code.

    Raises:
        RankError: Another rank is lost, or failed.
    """
    follower = _Follower(config, crew)
    try:
        while not isinstance(order := crew.next_order(), orders.Finish):
            with crew.lead(order):
                follower.obey(order)
    except BaseException as error:
        crew.report_failure(error)
        raise
    finally:
        crew.close()
    if order.reason:
        log.error("rank %d ends, since the run failed on the first rank: %s", crew.rank, order.reason)
    return 1 if order.reason else 0


class _Follower:
    def __init__(self, config: TrainConfig, crew: Crew) -> None:
        self._stages = [span.config for span in spans(config)]
        self._crew = crew
        self._stage = 0
        self._learned: Learned | None = None

    def obey(self, order: orders.Order) -> None:
        """Do what an order says."""
        match order:
            case orders.Assemble():
                self._stage = order.stage
                self._learned = assemble_learned(self._stages[self._stage], self._crew).learned
            case orders.NextStage():
                self._stage += 1
                self._learned = next_learned(self._present, self._stages[self._stage])
            case orders.Learn() | orders.Update() | orders.Scan():
                _learn(order, self._present.learner)
            case orders.Gather():
                _gather(order, self._present.policy)
            case orders.Compare():
                _compare(order, self._present)
            case orders.Renew():
                self._present.learner.renew()
            case orders.Follow():
                assert self._present.reference is not None
                self._present.reference.follow(self._present.policy)
            case orders.Save():
                self._crew.save_state(order.name, self._present.tensors()[order.name], Path(order.folder))
            case orders.Restore():
                self._present.restore(Checkpoint(folder=Path(order.folder)))
            case _:
                raise TrainerError(f"an order that nobody knows: `{type(order).__name__}`")

    @property
    def _present(self) -> Learned:
        if self._learned is None:
            raise TrainerError("there is nothing to work with yet")
        return self._learned


def _gather(order: orders.Gather, policy: Policy) -> None:
    for _ in policy.full_tensors(is_trained=order.is_trained):
        pass  # they are the first rank's


def _compare(order: orders.Compare, learned: Learned) -> None:
    assert learned.reference is not None
    mean_kl_of(learned.policy, learned.reference.policy, order.groups, temperature=order.temperature)


def _learn(order: orders.Learn | orders.Update | orders.Scan, learner: Learner) -> None:
    learner.temperature = order.temperature
    match order:
        case orders.Learn():
            proof = None if order.bound is None else SyncProof(bound=order.bound)
            with suppress(DisagreementError):  # the first rank has it too, and says what comes of it
                learner.learn(order.shares, order.lr, progress=order.progress, proof=proof)
        case orders.Update():
            learner.update(order.groups, order.lr)
        case orders.Scan():
            learner.scan(order.groups)
