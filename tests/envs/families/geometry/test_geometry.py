"""Geometry, computed again by sympy and by looking at every point."""

from fractions import Fraction
from math import isclose, pi, sqrt

import pytest
import sympy
from sympy.geometry import Line, Point, Polygon, Triangle

from palestra.envs import KeyedRandom
from palestra.envs.answers import RationalsAnswer
from palestra.envs.families.geometry import coordinate_geometry, transformations, triangle_centers
from palestra.envs.families.geometry.circle_measures import CircleMeasures
from palestra.envs.families.geometry.coordinate_geometry import CoordinateGeometry
from palestra.envs.families.geometry.polygon_angles import PolygonAngles
from palestra.envs.families.geometry.polygon_area import PolygonArea
from palestra.envs.families.geometry.right_triangles import RightTriangles, Sides
from palestra.envs.families.geometry.solid_volumes import Solid, SolidVolumes
from palestra.envs.families.geometry.surds import SurdAnswer, square_root
from palestra.envs.families.geometry.transformations import Step
from palestra.envs.families.geometry.triangle_centers import TriangleCenters


def fraction(value: sympy.Rational) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def coordinates(point: Point) -> tuple[Fraction, Fraction]:
    return fraction(point.x), fraction(point.y)


@pytest.mark.parametrize("kind", ["midpoint", "distance", "slope", "intersection", "foot", "gap", "mirror"])
def test_points_and_lines_agree_with_sympy(kind: str) -> None:
    family, rng = CoordinateGeometry.configured({"kinds": kind, "high": 12}), KeyedRandom("points")
    for _ in range(4 if kind == "mirror" else 15):
        figure = family.draw(rng)
        values = coordinate_geometry.solve(figure) if len(set(figure.points)) == len(figure.points) else None
        if values is None:
            continue
        assert values == by_sympy(kind, [Point(*point) for point in figure.points])


def by_sympy(kind: str, points: list[Point]) -> tuple[Fraction, ...]:
    line = Line(points[0], points[1])
    if kind == "midpoint":
        return coordinates(points[0].midpoint(points[1]))
    if kind == "distance":
        return (fraction(points[0].distance(points[1]) ** 2),)
    if kind == "slope":
        return (fraction(line.slope),)
    if kind == "intersection":
        return coordinates(line.intersection(Line(points[2], points[3]))[0])
    if kind == "foot":
        return coordinates(line.projection(points[2]))
    if kind == "gap":
        return (fraction(line.distance(points[2]) ** 2),)
    return coordinates(points[2].reflect(line))


def test_centers_agree_with_sympy() -> None:
    family = TriangleCenters.configured({"difficulty": 1.0, "high": 15})
    for kind in ("centroid", "circumcenter", "orthocenter", "nine-point"):
        rng = KeyedRandom("centers", kind)
        for _ in range(10):
            key = family.draw(rng)
            key = triangle_centers.Triangle(kind=kind, corners=key.corners)
            found = triangle_centers.center(key)
            if found is None:
                continue
            triangle = Triangle(*map(Point, key.corners))
            wanted = {
                "centroid": lambda t=triangle: t.centroid,
                "circumcenter": lambda t=triangle: t.circumcenter,
                "orthocenter": lambda t=triangle: t.orthocenter,
                "nine-point": lambda t=triangle: t.nine_point_circle.center,
            }
            assert found == coordinates(wanted[kind]())


def test_polygons_have_no_crossings_and_the_right_area() -> None:
    family = PolygonArea.configured({"num_corners": 7, "high": 9})
    rng, num_seen = KeyedRandom("polygons"), 0
    while num_seen < 8:
        key = family.draw(rng)
        if family.build(key, rng) is None:
            continue
        num_seen += 1
        polygon = Polygon(*map(Point, key.corners))
        assert isinstance(polygon, Polygon)
        sides = polygon.sides
        for i, side in enumerate(sides):
            for j in range(i + 2, len(sides) - (i == 0)):
                assert not side.intersection(sides[j])
        assert fraction(abs(sympy.Rational(polygon.area))) == Fraction(key.double_area, 2)


def test_points_inside_are_counted_right() -> None:
    family = PolygonArea.configured({"num_corners": 5, "high": 4})
    rng, num_seen = KeyedRandom("inside"), 0
    while num_seen < 60:
        key = family.draw(rng)
        if family.build(key, rng) is None:
            continue
        num_seen += 1
        xs, ys = [x for x, _ in key.corners], [y for _, y in key.corners]
        grid = [(x, y) for x in range(min(xs), max(xs) + 1) for y in range(min(ys), max(ys) + 1)]
        assert key.num_inside == sum(is_inside(x, y, key.corners) for x, y in grid)


def is_inside(x: int, y: int, corners: tuple[tuple[int, int], ...]) -> bool:
    crossings = 0
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return False
        if (ay > y) != (by > y) and x < ax + Fraction((y - ay) * (bx - ax), by - ay):
            crossings += 1
    return crossings % 2 == 1


def test_angles_add_up() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family, rng = PolygonAngles.configured({"difficulty": difficulty}), KeyedRandom("angles")
        for _ in range(50):
            key = family.draw(rng)
            if not key.angles:
                continue
            assert sum(key.angles) == 180 * (len(key.angles) - 2)
            assert all(0 < angle < 180 for angle in key.angles)


def test_shares_of_a_polygon_give_a_convex_one() -> None:
    family = PolygonAngles.configured({"kinds": "ratio", "num_corners": 7})
    for index in range(30):
        task = family.task("train", 0, index)
        shares = [int(share) for share in task.prompt.split("ratio ")[1].split(".")[0].split(" : ")]
        assert Fraction(task.reference) == Fraction(900 * max(shares), sum(shares)) < 180


def test_roots_have_nothing_left_to_draw() -> None:
    for number in range(1, 400):
        root = square_root(number)
        value = float(root.rational) + float(root.factor) * sqrt(root.root)
        assert isclose(value, sqrt(number))
        assert all(root.root % (d * d) for d in range(2, 20))


def test_triangles_in_a_chain_add_squares() -> None:
    sides = Sides(first=5, others=(12, -3))
    assert sides.square == 160
    family, rng = RightTriangles.configured({"num_triangles": 9}), KeyedRandom("t")
    assert all(family.draw(rng).square > 0 for _ in range(200))


@pytest.mark.parametrize(
    ("reference", "right", "wrong"),
    [
        (
            "4*sqrt(10)",
            ["4*sqrt(10)", "4√10", r"$4\sqrt{10}$", "sqrt(160)", "The length is 4 sqrt(10).", r"\boxed{4\sqrt{10}}"],
            ["12.649", "sqrt(9+151)", "sqrt(10)", "4*sqrt(11)", "4*sqrt(10) or 5", "4*sqrt(10), I would say if asked"],
        ),
        (
            "143*pi/4 - 96",
            [r"\frac{143\pi}{4} - 96", "-96 + 35.75pi", "143π/4 - 96", "A = 143/4*pi - 96", "-96 + (143/4)pi"],
            ["112.3 - 96", "143*pi/4", "96 - 143*pi/4", "143/4*pi - 4*24", "pi*(143/4) - 96 + 1"],
        ),
        ("12", ["12", "sqrt(144)", "12 cm", "24/2"], ["12*pi", "12*sqrt(2)", "sqrt(143)", "12/0", "3*4"]),
        ("12*pi", ["12 pi cm^2", "12π square meters", "12*pi"], ["12", "pi", "12*pi*pi", "37.7"]),
    ],
)
def test_exact_values_are_read_in_their_usual_forms(reference: str, right: list[str], wrong: list[str]) -> None:
    verifier = SurdAnswer()
    assert [verifier.verify(text, reference).score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, reference).score for text in wrong] == [0.0] * len(wrong)


def test_references_of_round_figures_are_near_their_measure() -> None:
    family, rng = CircleMeasures.configured({"kinds": "square"}), KeyedRandom("square")
    for _ in range(20):
        key = family.draw(rng)
        content = family.build(key, rng)
        assert content is not None
        r = key[0].radius
        wanted = (2 * r) ** 2 - pi * r * r if key[0].other else pi * r * r - 2 * r * r
        assert isclose(float(sympy.sympify(content.reference)), wanted)


def test_volumes_are_the_known_ones() -> None:
    volumes = {
        ("pyramid", (3, 4, 5)): "20",
        ("cone", (3, 4)): "12*pi",
        ("ball", (3,)): "36*pi",
        ("half-ball", (3,)): "18*pi",
        ("wedge", (3, 4, 5)): "30",
        ("cylinder", (2, 5)): "20*pi",
        ("cube", (4,)): "64",
    }
    assert {key: str(Solid(kind=key[0], sizes=key[1]).volume) for key in volumes} == volumes


def test_the_order_of_solids_does_not_make_a_new_puzzle() -> None:
    a, b = Solid(kind="ball", sizes=(3,)), Solid(kind="cube", sizes=(4,), sign=-1)
    assert SolidVolumes().canonical((a, b)) == SolidVolumes().canonical((b, a))


def test_motions_keep_distances_but_for_stretching() -> None:
    family, rng = transformations.Transformations.configured({"difficulty": 0.9}), KeyedRandom("moves")
    for _ in range(100):
        for step in family.draw(rng).steps:
            (ax, ay), (bx, by) = transformations.applied(step, (3, 1)), transformations.applied(step, (-2, 7))
            factor = step.number**2 if step.kind == "stretch" else 1
            assert (ax - bx) ** 2 + (ay - by) ** 2 == factor * 61


def test_single_motions_are_the_known_ones() -> None:
    images = {
        Step(kind="turn", number=1): (-2, 5),
        Step(kind="around", number=2, point=(1, 1)): (-3, 0),
        Step(kind="mirror", number=2): (2, 5),
        Step(kind="mirror", number=3): (-2, -5),
        Step(kind="line", number=1, point=(4, 0)): (3, 2),
        Step(kind="line", number=0, point=(4, 0)): (5, 6),
        Step(kind="through", point=(0, 1)): (-5, 0),
        Step(kind="move", point=(-1, 2)): (4, 4),
    }
    assert {step: transformations.applied(step, (5, 2)) for step in images} == images


def test_points_are_read_in_their_usual_forms() -> None:
    verifier, reference = RationalsAnswer(), "(-5/2, 3)"
    right = ["(-5/2, 3)", "-5/2, 3", "P = (-2.5, 3)", "x = -5/2, y = 3", r"$\left(-\frac{5}{2}, 3\right)$", "[-2.5 3]"]
    wrong = ["(3, -5/2)", "(-5/2, 3, 0)", "-5/2", "(-10/4, 3)", "(-5/2, 3) or (1, 1)", "(1, 1), (-5/2, 3)", "x = -5/2"]
    assert [verifier.verify(text, reference).score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, reference).score for text in wrong] == [0.0] * len(wrong)


@pytest.mark.parametrize("text", ["1,416*pi + 2,000", "A = 2,000 + 1416\\pi", "\\(2{,}000 + 1{,}416\\pi\\)"])
def test_measures_may_group_thousands(text: str) -> None:
    assert SurdAnswer().verify(text, "2000 + 1416*pi").score == 1.0


@pytest.mark.parametrize("text", ["6 4*sqrt(2)", "A = 3 or A = 64*sqrt(2)", "A != 64*sqrt(2)", "64*sqrt(2), 5"])
def test_hedged_measures_are_not_read(text: str) -> None:
    assert SurdAnswer().verify(text, "64*sqrt(2)").score == 0.0
