"""Algebra: equations, polynomials, complex numbers, matrices and sums."""

from palestra.envs.row import row

ROWS = (
    row("algebra.linear_equation:LinearEquation", "Solve an equation in one unknown.", "terms and parentheses"),
    row("algebra.linear_system:LinearSystem", "Solve a system of linear equations.", "unknowns and coefficients"),
    row("algebra.quadratic_roots:QuadraticRoots", "Find both roots of a quadratic equation.", "kinds of roots"),
    row("algebra.polynomial_roots:PolynomialRoots", "Find the integer roots of a polynomial.", "degree"),
    row("algebra.polynomial_multiplication:PolynomialMultiplication", "Expand a product.", "factors and degree"),
    row("algebra.polynomial_division:PolynomialDivision", "Divide polynomials with remainder.", "degree"),
    row("algebra.complex_arithmetic:ComplexArithmetic", "Calculate with complex numbers.", "operations and size"),
    row("algebra.inequality:Inequality", "Find the integers that satisfy inequalities.", "kinds and size"),
    row("algebra.matrix_product:MatrixProduct", "Multiply matrices.", "size"),
    row("algebra.determinant:Determinant", "Calculate a determinant.", "size"),
    row("algebra.sequence_sum:SequenceSum", "Add up a series.", "kinds and length"),
)
