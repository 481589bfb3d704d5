"""Arithmetic: numbers, digits, dates and their operations."""

from palestra.envs.row import row

ROWS = (
    row("arithmetic.chain_sum:ChainSum", "Add and subtract a chain of whole numbers.", "terms and digits"),
    row("arithmetic.random_calculation:RandomCalculation", "Calculate a random expression exactly.", "steps and kinds"),
    row(
        "arithmetic.random_calculation:RandomCalculationContinuous",
        "Calculate a random expression; near answers earn a share.",
        "steps and kinds of numbers",
    ),
    row("arithmetic.basic_arithmetic:BasicArithmetic", "Evaluate whole-number expressions.", "operators and size"),
    row(
        "arithmetic.decimal_arithmetic:DecimalArithmetic", "Evaluate expressions over decimals.", "operators and digits"
    ),
    row("arithmetic.decimal_chain_sum:DecimalChainSum", "Add and subtract decimals.", "terms and digits"),
    row("arithmetic.fraction_arithmetic:FractionArithmetic", "Calculate with fractions.", "fractions and their size"),
    row("arithmetic.fraction_simplification:FractionSimplification", "Bring a fraction to lowest terms.", "size"),
    row("arithmetic.products:Products", "Multiply whole numbers.", "factors and digits"),
    row("arithmetic.power_function:PowerFunction", "Calculate powers and whole roots.", "bases and exponents"),
    row("arithmetic.bitwise_arithmetic:BitwiseArithmetic", "Evaluate bitwise expressions.", "operators and bits"),
    row("arithmetic.base_conversion:BaseConversion", "Write a number in another base.", "size and bases"),
    row("arithmetic.number_format:NumberFormat", "Find the largest of numbers in several notations.", "numbers"),
    row("arithmetic.count_bits:CountBits", "Count the ones in binary forms.", "numbers and bits"),
    row("arithmetic.calendar_arithmetic:CalendarArithmetic", "Find dates by days and weekdays.", "days in between"),
    row("arithmetic.days_between:DaysBetween", "Count the days between two dates.", "days in between"),
    row("arithmetic.time_intervals:TimeIntervals", "Add up intervals of time.", "intervals and precision"),
    row("arithmetic.roman_numerals:RomanNumerals", "Write, add and subtract Roman numerals.", "terms and size"),
    row("arithmetic.rounding:Rounding", "Round numbers to a given place.", "digits and kinds of places"),
)
