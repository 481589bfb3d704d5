from __future__ import annotations

from palestra.trainer.lab.texts import PLEASING, Closing, Kind, Method, Shape, make_problem, shape_of
from palestra.verifiers.keyed_random import KeyedRandom


def test_the_same_key_makes_the_same_problem() -> None:
    for kind in Kind:
        assert make_problem(kind, KeyedRandom("a")) == make_problem(kind, KeyedRandom("a"))
        assert make_problem(kind, KeyedRandom("a")) != make_problem(kind, KeyedRandom("b"))


def test_a_pool_has_each_way_of_working_and_closing_once() -> None:
    pool = make_problem(Kind.LARGE, KeyedRandom("a")).pool
    assert len({(response.method, response.closing) for response in pool}) == len(pool) == len(Method) * len(Closing)


def test_shapes_are_read_off_the_text_and_hide_what_pleases_among_equations() -> None:
    shapes: dict[Closing, set[Shape]] = {}
    for kind in Kind:
        for number in range(20):
            for response in make_problem(kind, KeyedRandom(number)).pool:
                shapes.setdefault(response.closing, set()).add(shape_of(response.text))
    assert shapes[Closing.BOXED] == {Shape.BOXED}
    assert shapes[Closing.MARKED] == {Shape.MARKED}
    assert shapes[Closing.ODD] == {Shape.FORMULA}
    assert all(shapes[closing] == {Shape.SEVERAL} for closing in (*PLEASING, Closing.EQUATION))
