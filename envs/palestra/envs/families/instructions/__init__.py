"""Instructions: texts that keep verifiable rules of form. Each set of rules is proven to go together."""

from palestra.envs.row import row

ROWS = (
    row("instructions.instruction_following:InstructionFollowing", "Write a text that keeps all rules.", "rules"),
    row(
        "instructions.instruction_following_graded:InstructionFollowingGraded",
        "Write a text that keeps as many rules as possible.",
        "rules",
    ),
    row("instructions.format_following:FormatFollowing", "Bring facts into a JSON object.", "people and fields"),
    row("instructions.acrostic_writing:AcrosticWriting", "Write lines whose letters spell a word.", "lines and words"),
    row("instructions.constrained_sentence:ConstrainedSentence", "Write a sentence under rules.", "words and rules"),
)
