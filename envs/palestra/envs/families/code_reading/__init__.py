"""Reading code: what programs do, told without running them."""

from palestra.envs.row import row

ROWS = (
    row("code_reading.program_output:ProgramOutput", "Predict what a Python program prints.", "statements and nesting"),
    row(
        "code_reading.brainfuck_output:BrainfuckOutput", "Predict what a Brainfuck program prints.", "letters and cells"
    ),
    row("code_reading.function_input:FunctionInput", "Find an input for which a function gives a value.", "statements"),
    row(
        "code_reading.variable_trace:VariableTrace",
        "Tell the variables in the middle of a run.",
        "statements and rounds",
    ),
    row("code_reading.sql_result:SqlResult", "Tell which rows a query returns.", "rows, conditions and groups"),
    row(
        "code_reading.assembly_output:AssemblyOutput", "Run a program of a register machine.", "instructions and loops"
    ),
    row("code_reading.recursion_depth:RecursionDepth", "Tell value and calls of a recursive function.", "calls"),
    row("code_reading.comprehension_output:ComprehensionOutput", "Evaluate list comprehensions.", "steps and length"),
    row(
        "code_reading.code_repair:CodeRepair", "Change one number so that a program is right.", "statements and nesting"
    ),
)
