"""Logic: what follows, who lies, which worlds are possible."""

from palestra.envs.row import row

ROWS = (
    row(
        "logic.knights_and_knaves:KnightsAndKnaves",
        "Find out who always tells the truth and who always lies.",
        "people and kinds of statements",
    ),
    row(
        "logic.propositional_entailment:PropositionalEntailment",
        "Choose the formulas that follow from premises.",
        "letters, premises, options",
    ),
    row("logic.propositional_model:PropositionalModel", "Make all clauses true.", "letters and clauses"),
    row("logic.truth_table:TruthTable", "Write the column of a formula's truth table.", "letters and size"),
    row("logic.circuit_logic:CircuitLogic", "Evaluate a circuit of named gates.", "gates, kinds, outputs"),
    row(
        "logic.syllogism:Syllogism", "Choose the conclusions that follow from all, no and some.", "groups and premises"
    ),
    row("logic.rule_chaining:RuleChaining", "Conclude from facts by chained rules.", "rules, traits, people"),
    row(
        "logic.quantified_statement:QuantifiedStatement",
        "Choose the true statements with every, some and no about a row of objects.",
        "objects and nesting",
    ),
    row("logic.self_reference:SelfReference", "Find the true ones of statements about each other.", "statements"),
    row("logic.liar_count:LiarCount", "Count liars who speak of their number.", "people and sentences"),
    row("logic.set_relations:SetRelations", "Count people in parts of overlapping sets.", "sets, numbers, questions"),
    row(
        "logic.ordering_deduction:OrderingDeduction",
        "Find the one order that fits all clues.",
        "people, kinds of clues",
    ),
)
