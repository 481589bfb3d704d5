"""Number theory: divisors, primes and residues."""

from palestra.envs.row import row

ROWS = (
    row("number_theory.gcd:Gcd", "Find the greatest common divisor.", "numbers and digits"),
    row("number_theory.lcm:Lcm", "Find the least common multiple.", "numbers and digits"),
    row("number_theory.prime_factorization:PrimeFactorization", "Factor a number into primes.", "size of the primes"),
    row("number_theory.primes_in_interval:PrimesInInterval", "List the primes of an interval.", "size and width"),
    row("number_theory.modular_power:ModularPower", "Calculate a power modulo a number.", "exponent and modulus"),
    row("number_theory.modular_inverse:ModularInverse", "Find the inverse modulo a number.", "modulus"),
    row("number_theory.chinese_remainder:ChineseRemainder", "Find a number by its remainders.", "remainders, moduli"),
    row("number_theory.divisors:Divisors", "Count and add up the divisors of a number.", "size of the number"),
    row("number_theory.continued_fraction:ContinuedFraction", "Expand a fraction into partial quotients.", "length"),
    row("number_theory.diophantine:Diophantine", "Find the least solution of a*x + b*y = c.", "size"),
)
