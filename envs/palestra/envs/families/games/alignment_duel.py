"""Games of lines against an opponent who plays perfectly; what TicTacToe and ConnectFour share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from palestra.envs.families.games.alignment import MINE, THEIRS, Alignment, alignment, bits_of
from palestra.envs.families.games.alignment_move import AlignmentConfig, Stones, read_move
from palestra.envs.family import Content
from palestra.envs.game import Game, Move
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_SPARE_TURNS = 2
_GOALS = {1: "You can force a win: win.", 0: "You cannot force a win, but a draw: do not lose."}


@dataclass(frozen=True, kw_only=True, slots=True)
class Duel:
    """A position with the player to move, the rules, and what the player could force at the start."""

    rows: int
    columns: int
    length: int
    falls: bool
    marks: str
    value: int

    def rules(self) -> Alignment:
        """The rules."""
        return alignment(self.rows, self.columns, self.length, falls=self.falls)

    def stones(self) -> Stones:
        """The stones of the player and of the opponent."""
        return bits_of(self.marks, MINE, self.columns), bits_of(self.marks, THEIRS, self.columns)


class AlignmentDuel(Game[AlignmentConfig, Stones, Duel]):
    """Positions that the player wins or holds with the right moves alone: at most half of the first ones are right."""

    def draw(self, rng: KeyedRandom) -> Stones:
        """Scatter stones."""
        return self.config.scattered(rng)

    def canonical(self, key: Stones) -> str:
        """The position, however it is turned."""
        return self.config.rules().canonical(*key)

    def build(self, key: Stones, rng: KeyedRandom) -> Content | None:
        """Set up the position, where it can be lost."""
        rules = self.config.rules()
        if not key[1] or (self.config.is_quiet() and rules.is_tactical(*key)):
            return None
        values = rules.values(*key)
        value = max(values.values())
        if value < 0 or 2 * list(values.values()).count(value) > len(values):
            return None
        duel = Duel(
            rows=rules.rows,
            columns=rules.columns,
            length=rules.length,
            falls=rules.falls,
            marks=rules.marks(*key),
            value=value,
        )
        slots = {
            "board": rules.shown(*key),
            "length": str(rules.length),
            "goal": _GOALS[value],
            "turns": str(_num_turns(duel)),
        }
        return Content(slots=slots, reference=encode(duel), effort=duel.marks.count("."))

    def turn_limit(self, task: Task) -> int:
        """As many turns as fill the board, and a few for bad moves."""
        return _num_turns(self.start(task))

    def start(self, task: Task) -> Duel:
        """The position."""
        return decode(Duel, task.reference)

    def play(self, world: Duel, text: str) -> Move[Duel]:
        """Place a stone, and let the opponent place one."""
        rules, (mine, theirs) = world.rules(), world.stones()
        mine |= read_move(text, rules, mine | theirs)
        if rules.has_line(mine):
            return Move(world=world, verdict=Verdict.passed("the player has a line"))
        if not rules.free(mine | theirs):
            return Move(world=world, verdict=_drawn(world))
        answer = _answer(rules, theirs, mine)
        theirs |= answer
        if rules.has_line(theirs):
            return Move(world=world, verdict=Verdict.failed("the opponent has a line"))
        world = replace(world, marks=rules.marks(mine, theirs))
        if not rules.free(mine | theirs):
            return Move(world=world, verdict=_drawn(world))
        return Move(world=world, reply=f"I play {rules.move_name(answer)}.\n{rules.shown(mine, theirs)}")

    def best(self, world: Duel) -> str:
        """A best move."""
        rules, (mine, theirs) = world.rules(), world.stones()
        return rules.move_name(_answer(rules, mine, theirs))

    def random_move(self, world: Duel, rng: KeyedRandom) -> str:
        """Any move."""
        rules, (mine, theirs) = world.rules(), world.stones()
        return rules.move_name(rng.choice(rules.free(mine | theirs)))


def _answer(rules: Alignment, mine: int, theirs: int) -> int:
    """One of the best moves, a line at once before a line later; which one hangs on the position alone."""
    values = rules.values(mine, theirs)
    lines = [bit for bit in values if rules.has_line(mine | bit)]
    best = lines or [bit for bit, value in values.items() if value == max(values.values())]
    return KeyedRandom("alignment", rules.marks(mine, theirs)).choice(best)


def _drawn(world: Duel) -> Verdict:
    if world.value == 0:
        return Verdict.passed("a draw, which is the best result")
    return Verdict.failed("a draw where a win could be forced")


def _num_turns(duel: Duel) -> int:
    return (duel.marks.count(".") + 1) // 2 + _SPARE_TURNS
