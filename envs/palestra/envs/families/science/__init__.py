"""Science: physics and chemistry with units, and facts by choice."""

from palestra.envs.row import row

ROWS = (
    row("science.mechanics:Mechanics", "Find a quantity of motion, force or energy.", "formulas, events of a story"),
    row("science.circuits:Circuits", "Solve a network of resistors.", "resistors and questions"),
    row("science.stoichiometry:Stoichiometry", "Find amounts and masses in a reaction.", "reactions and questions"),
    row("science.balance_equation:BalanceEquation", "Balance a chemical equation.", "kinds and sizes of reactions"),
    row("science.gas_laws:GasLaws", "Find the state or the amount of an ideal gas.", "kinds of problems"),
    row("science.unit_conversion:UnitConversion", "Write a quantity in another unit.", "digits and kinds of units"),
    row("science.science_choice:ScienceChoice", "Choose the right fact of science.", "options and kinds of questions"),
)
