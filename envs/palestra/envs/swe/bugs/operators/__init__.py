"""Ways of breaking code: the syntax tree tells where, the text is edited, so layout and comments stay."""

from palestra.envs.swe.bugs.operators.arithmetic import SwapArithmetic
from palestra.envs.swe.bugs.operators.boolean import SwapBoolean
from palestra.envs.swe.bugs.operators.catch import CatchWrong
from palestra.envs.swe.bugs.operators.change_return import ChangeReturn
from palestra.envs.swe.bugs.operators.compare import SwapComparison
from palestra.envs.swe.bugs.operators.constant import ChangeConstant
from palestra.envs.swe.bugs.operators.drop_call import DropCall
from palestra.envs.swe.bugs.operators.drop_statement import DropStatement
from palestra.envs.swe.bugs.operators.negate_if import NegateIf
from palestra.envs.swe.bugs.operators.off_by_one import OffByOne
from palestra.envs.swe.bugs.operators.operator import Operator
from palestra.envs.swe.bugs.operators.remove_function import RemoveFunction
from palestra.envs.swe.bugs.operators.swap_arguments import SwapArguments

OPERATORS: tuple[Operator, ...] = (
    NegateIf(),
    SwapComparison(),
    SwapArithmetic(),
    ChangeConstant(),
    OffByOne(),
    SwapBoolean(),
    DropStatement(),
    CatchWrong(),
    ChangeReturn(),
    SwapArguments(),
    DropCall(),
    RemoveFunction(),
)
"""All of them, in the order of tables."""

__all__ = [
    "OPERATORS",
    "CatchWrong",
    "ChangeConstant",
    "ChangeReturn",
    "DropCall",
    "DropStatement",
    "NegateIf",
    "OffByOne",
    "Operator",
    "RemoveFunction",
    "SwapArguments",
    "SwapArithmetic",
    "SwapBoolean",
    "SwapComparison",
]
