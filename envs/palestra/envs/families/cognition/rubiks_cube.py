"""Solve a scrambled Rubik's cube; any moves that do it are right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, stages
from palestra.envs.families.cognition.cube_moves import FACES, MOVES, apply_moves, is_solved, solved
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.keyed_random import KeyedRandom

_MAX_MOVES = 100
_SEPARATOR = re.compile(r"[\s,;]+")
_BACK = {"": "'", "2": "2", "'": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scrambled:
    """A state as `cube_moves` reads it, and moves that solve it."""

    size: int
    state: str
    solution: tuple[str, ...]


class RubiksCubeVerifier(RecordVerifier[Scrambled]):
    """PASS when the moves of the final line, at most 100, solve the cube. Reference: a `Scrambled` as JSON."""

    name: ClassVar[str] = "rubiks-cube"
    record_type = Scrambled

    def judge(self, response: str, reference: Scrambled) -> Verdict:
        """Make the moves."""
        text = final_line(response).strip("`*[]()").replace("\u2019", "'")
        moves = tuple(_SEPARATOR.split(text.strip()))
        if any(move not in MOVES for move in moves):
            wrong = next(move for move in moves if move not in MOVES)
            raise NoAnswerError(f"`{quote(wrong)}` is no move")
        if len(moves) > _MAX_MOVES:
            return Verdict.failed(f"{len(moves)} moves; at most {_MAX_MOVES} are allowed")
        if is_solved(apply_moves(reference.state, moves, reference.size), reference.size):
            return Verdict.passed(f"{len(moves)} moves solve the cube")
        return Verdict.failed(f"after {len(moves)} moves the cube is not solved")


@dataclass(frozen=True, kw_only=True, slots=True)
class RubiksCubeConfig(FamilyConfig):
    """Which cubes are shown."""

    size: int = stages(2, 2, 3, 3, choices=(2, 3))
    """Small cubes along an edge: 2 or 3."""
    num_moves: int = stages(2, 3, 3, 4, 5, 6, 7, choices=tuple(range(1, 31)))
    """How many moves scramble the cube, 1..30."""


class RubiksCube(Question[RubiksCubeConfig, tuple[int, tuple[str, ...]]]):
    """Cubes that a few random moves scrambled; the key is the size and these moves."""

    id: ClassVar[str] = "palestra/RubiksCube-v1"
    Config: ClassVar[type[RubiksCubeConfig]] = RubiksCubeConfig
    templates = (
        "A {size} Rubik's cube, face by face (U up, R right, F front, D down, L left, B back):\n{net}\n"
        "Solve it: each face must have one colour. {legend}",
        "{legend} Find moves that solve this {size} Rubik's cube, so that each face has one colour.\n{net}",
        "The stickers of a scrambled {size} cube:\n{net}\n"
        "Which moves bring it back to one colour on each face? {legend}",
    )
    answer_format = "The last line of your reply must be the moves alone, separated by blanks, 100 at most."
    verifier = RubiksCubeVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, tuple[str, ...]]:
        """Draw moves; none turns the same face, or the opposite one, as the move before."""
        moves: list[str] = []
        while len(moves) < self.config.num_moves:
            move = rng.choice(MOVES)
            if not moves or FACES.index(move[0]) % 3 != FACES.index(moves[-1][0]) % 3:
                moves.append(move)
        return self.config.size, tuple(moves)

    def canonical(self, key: tuple[int, tuple[str, ...]]) -> str:
        """The state."""
        size, moves = key
        return apply_moves(solved(size), moves, size)

    def build(self, key: tuple[int, tuple[str, ...]], rng: KeyedRandom) -> Content | None:
        """Show the stickers."""
        size, moves = key
        state = apply_moves(solved(size), moves, size)
        if is_solved(state, size):
            return None
        solution = tuple(move[0] + _BACK[move[1:]] for move in reversed(moves))
        return _content(Scrambled(size=size, state=state, solution=solution), len(moves))

    def unsolvable(self, key: tuple[int, tuple[str, ...]], rng: KeyedRandom) -> Content:
        """The cube with one corner twisted: no moves change the sum of all twists by a third of a turn."""
        size, moves = key
        state = list(apply_moves(solved(size), moves, size))
        top, right, front = size * size - 1, size * size, 2 * size * size + size - 1
        state[top], state[right], state[front] = state[right], state[front], state[top]
        return _content(Scrambled(size=size, state="".join(state), solution=()), len(moves))

    def oracle(self, task: Task) -> str:
        """The scramble backwards."""
        return " ".join(decode(Scrambled, task.reference).solution)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random moves."""
        return " ".join(rng.choice(MOVES) for _ in decode(Scrambled, task.reference).solution)


def _content(cube: Scrambled, num_moves: int) -> Content:
    size, area = cube.size, cube.size**2
    faces = [cube.state[i * area : (i + 1) * area] for i in range(6)]
    shown = [" ".join(face[i : i + size] for i in range(0, area, size)) for face in faces]
    return Content(
        slots={
            "size": f"{size}x{size}x{size}",
            "net": "\n".join(f"{name}: {rows}" for name, rows in zip(FACES, shown, strict=True)),
            "legend": "Letters are colours. Each face is shown as seen when looking straight at it, R, F, L and B with "
            "U on top; the last row of U and the first row of D touch F. A move is U, R, F, D, L or B for a quarter "
            "turn of that face clockwise (as seen when looking at it), with ' for a quarter turn back, with 2 for a "
            "half turn.",
        },
        reference=encode(cube),
        effort=num_moves * size,
        meta={"size": size, "num_moves": num_moves},
    )
