"""Word problems: short stories with one exact number, list or time as their answer."""

from palestra.envs.row import row

ROWS = (
    row("word_problems.word_arithmetic:WordArithmetic", "Follow a story of several steps to its number.", "steps"),
    row("word_problems.leg_counting:LegCounting", "Count legs, or find animals by heads and legs.", "kinds, numbers"),
    row("word_problems.age_problems:AgeProblems", "Find an age from what is said about ages.", "people, statements"),
    row("word_problems.rate_and_work:RateAndWork", "Find a time, distance or speed exactly.", "kinds and parts"),
    row("word_problems.mixture_problems:MixtureProblems", "Find strengths and amounts of mixtures.", "kinds, parts"),
    row("word_problems.money_change:MoneyChange", "Pay an amount with the fewest coins.", "coins and amount"),
    row("word_problems.change_ways:ChangeWays", "Count the ways to pay an amount.", "coins and amount"),
    row("word_problems.sibling_count:SiblingCount", "Count siblings and cousins of a child's sibling.", "families"),
    row("word_problems.schedule_problems:ScheduleProblems", "Find the first time that suits all.", "people, times"),
    row("word_problems.interest:Interest", "Find what savings grow to, to the cent.", "years, rates and kinds"),
    row("word_problems.price_changes:PriceChanges", "Follow a price through percentages, to the cent.", "changes"),
)
