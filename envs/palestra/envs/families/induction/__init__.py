"""Induction: find the rule behind examples, and apply it. Each puzzle is proven clear within its grammar."""

from palestra.envs.row import row

ROWS = (
    row("induction.number_sequence:NumberSequence", "Find the next term of a sequence.", "complexity of the rule"),
    row("induction.list_functions:ListFunctions", "Find a function of lists and apply it.", "operations and size"),
    row("induction.arc_1d:Arc1D", "Find a transformation of coloured rows and apply it.", "operations and size"),
    row("induction.arc_grid:ArcGrid", "Find a transformation of coloured grids and apply it.", "operations and size"),
    row("induction.string_transform:StringTransform", "Find an edit of words and apply it.", "operations and size"),
    row("induction.blicket_detector:BlicketDetector", "Find what trials prove about objects.", "objects and trials"),
    row("induction.analogy_letters:AnalogyLetters", "Complete an analogy of letter strings.", "operations and size"),
    row("induction.operator_discovery:OperatorDiscovery", "Find an unknown operation.", "parts of the operation"),
)
