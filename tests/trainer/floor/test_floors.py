from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from palestra.trainer.floor.floor_log import FloorLog, floor_sentence
from palestra.trainer.floor.floors import (
    Decoding,
    ModelShape,
    Peaks,
    generation_floor,
    learning_floor,
    measured_peaks,
)
from palestra.trainer.metrics import FloorMetrics, from_line, to_line
from palestra.trainer.model.policy import Policy
from palestra.trainer.modes.utilisation import Usage
from palestra.trainer.packing.work import Work
from tiny_model import ARCHITECTURES, tiny_model

# 100 weights and a head of 50, one layer of two heads of width 2, one key-value head; 4 bytes each.
SHAPE = ModelShape(
    body=100,
    trained_body=100,
    head=50,
    trained_head=50,
    trained=160,
    layers=1,
    attention_width=4,
    kv_width=2,
)
PEAKS = Peaks(flops=1000.0, bandwidth=100.0)


def test_learning_is_six_operations_for_a_weight_and_a_token() -> None:
    # 10 tokens x 6 x 100, 3 positions x 6 x 50, 20 pairs x 12 x 4.
    work = Work(tokens=10, tokens_read=10, positions=3, pairs=20, updates=1)
    floor = learning_floor(SHAPE, work, PEAKS)
    assert floor.flops == 6000 + 900 + 960
    # One move of the optimizer's states: 160 weights x 28 bytes.
    assert floor.bytes == 4480
    assert floor.seconds == pytest.approx((6000 + 900 + 960) / 1000 + 44.8)
    assert not any(floor.costs.values())


def test_weights_that_are_not_trained_cost_four() -> None:
    frozen = ModelShape(
        body=100, trained_body=0, head=50, trained_head=0, trained=8, layers=1, attention_width=4, kv_width=2
    )
    assert frozen.learning_flops(10, 3, 0) == 10 * 400 + 3 * 200


def test_every_waste_has_its_name() -> None:
    work = Work(
        tokens=10, tokens_read=25, padding=5, positions=3, pairs=20, extra_tokens=7, extra_positions=2, updates=2
    )
    costs = learning_floor(SHAPE, work, PEAKS, recomputes=True, state_bytes=16).costs
    assert costs == pytest.approx(
        {
            "padding": 5 * 0.6,
            "prompts read twice": 10 * 0.6,
            "extra passes": (7 * 200 + 2 * 100) / 1000,
            "recomputed activations": (25 * 200 + 20 * 16) / 1000,
            "more than one update": 160 * 16 / 100,
        }
    )


def test_rows_take_free_slots_in_their_order() -> None:
    decoding = Decoding(prompt_tokens=0, responses=(4, 1, 2), context=0.0, slots=2)
    assert decoding.alive() == [2, 2, 2, 1]
    assert Decoding(prompt_tokens=0, responses=(3,), context=0.0, slots=8).alive() == [1, 1, 1]
    assert Decoding(prompt_tokens=0, responses=(), context=0.0, slots=8).alive() == []


def test_a_decoding_step_reads_all_weights_once() -> None:
    # Two rows for three steps: the weights' 600 bytes and 2 rows x 5 tokens of 16 bytes; products are faster.
    even = Decoding(prompt_tokens=8, responses=(3, 3), context=5.0, slots=4)
    floor = generation_floor(SHAPE, even, PEAKS)
    assert SHAPE.kv_bytes == 16
    assert floor.seconds == pytest.approx(8 * 200 / 1000 + 3 * (600 + 160) / 100)
    assert floor.flops == 8 * 200 + 3 * (2 * 200 + 2 * 100 + 10 * 16)
    assert floor.bytes == 3 * (600 + 160)
    assert floor.costs == {"generation tail": 0.0}


def test_with_many_rows_products_are_the_limit() -> None:
    crowd = Decoding(prompt_tokens=0, responses=(1,) * 100, context=0.0, slots=100)
    assert generation_floor(SHAPE, crowd, PEAKS).seconds == pytest.approx(100 * (200 + 100) / 1000)


def test_one_long_response_is_a_tail() -> None:
    uneven = Decoding(prompt_tokens=0, responses=(1, 1, 1, 9), context=0.0, slots=4)
    floor = generation_floor(SHAPE, uneven, PEAKS)
    assert floor.seconds == pytest.approx(12 / 4 * 6)
    assert floor.costs["generation tail"] == pytest.approx(9 * 6 - 18)


def test_a_step_without_rollouts_costs_nothing() -> None:
    floor = generation_floor(SHAPE, Decoding.of([], 8), PEAKS)
    assert floor.seconds == 0.0 and learning_floor(SHAPE, Work(), PEAKS).seconds == 0.0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_shape_of_a_model_counts_what_tokens_are_multiplied_with(architecture: str) -> None:
    model = tiny_model(ARCHITECTURES[architecture])
    shape = ModelShape.of(Policy.of(model))
    head = model.get_output_embeddings().weight
    tables = {id(head), id(model.get_input_embeddings().weight)}
    others = sum(p.numel() for p in model.parameters() if id(p) not in tables)
    assert shape.head == head.numel() == shape.trained_head
    assert shape.body == shape.trained_body <= others
    assert (shape.body < others) == (architecture == "mixtral-experts"), "half of the experts are passed over"
    assert shape.attention_width >= shape.kv_width > 0 and shape.weight_bytes == 4


def test_the_peaks_of_a_machine_are_measured_once() -> None:
    peaks = measured_peaks(torch.device("cpu"), torch.float32, torch.get_num_threads())
    assert peaks.flops > 1e8 and peaks.bandwidth > 1e7
    assert measured_peaks(torch.device("cpu"), torch.float32, torch.get_num_threads()) is peaks


def _row(**costs: float) -> FloorMetrics:
    return FloorMetrics(step=1, learn_floor_s=1.0, learn_s=2.0, generate_s=6.0, generate_floor_s=1.5, costs=costs)


def test_the_sentence_names_the_largest_cost_that_can_be_avoided() -> None:
    assert floor_sentence([]) == ""
    rows = [_row(**{"padding": 0.1, "extra passes": 0.3, "learning below peak": 0.6}), _row(padding=0.5)]
    assert floor_sentence(rows) == (
        "learning at 50% of the machine's peak, generation at 25%; "
        "largest avoidable cost: padding (3.8% of the steps' time)"
    )
    timed = replace(_row(**{"waiting for rollouts": 3.0}), step_s=10.0)
    assert floor_sentence([timed]).endswith("largest avoidable cost: waiting for rollouts (30.0% of the steps' time)")


def test_a_row_is_read_back() -> None:
    row = _row(padding=0.25)
    assert from_line(to_line(row)) == row


def test_what_no_cost_explains_is_below_the_peak() -> None:
    from palestra.trainer.config import OptimConfig
    from palestra.trainer.learner.learner import Learner
    from palestra.trainer.losses import ClippedLoss
    from palestra.trainer.objective.objective import Objective

    learner = Learner(Policy.of(tiny_model()), OptimConfig(), Objective(loss=ClippedLoss()))
    log = FloorLog(shape=SHAPE, peaks=PEAKS, learner=learner, slots=4, recomputes=False)
    usage = Usage(total_s=9.0, playing_s=3.0, learning_s=5.0, both_s=0.5)
    row = log.row(3, [], generate_s=2.0, usage=usage)
    assert row.costs["learning below peak"] == 5.0 and row.costs["generation below peak"] == 2.0
    assert row.learn_reached == 0.0 == row.generate_reached and row.largest_cost == ""
    apart = FloorLog(shape=SHAPE, peaks=PEAKS, learner=learner, slots=None, recomputes=False)
    row = apart.row(3, [], generate_s=2.0, usage=usage)
    assert row.generate_floor_s is None and row.step_s == 9.0
    assert row.costs["waiting for rollouts"] == 2.5
    assert row.costs["rewards, proofs and pushes"] == 1.5
    assert row.generate_reached is None and row.largest_cost == "waiting for rollouts"
