"""Calculus: derivatives, integrals, limits and power series."""

from palestra.envs.row import row

ROWS = (
    row("calculus.derivative:Derivative", "Differentiate a function.", "terms and rules"),
    row("calculus.antiderivative:Antiderivative", "Find any antiderivative.", "terms and kinds of functions"),
    row("calculus.definite_integral:DefiniteIntegral", "Integrate a polynomial exactly.", "degree and factors"),
    row("calculus.limit:Limit", "Find a limit that is a rational number.", "kinds and degree"),
    row("calculus.taylor_coefficient:TaylorCoefficient", "Find a coefficient of a power series.", "factors and order"),
)
