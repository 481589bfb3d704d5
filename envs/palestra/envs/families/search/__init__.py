"""Search: answers that stand in a corpus, and are found by looking for them."""

from palestra.envs.row import Kind, row

ROWS = (
    row(
        "search.fact_search:FactSearch",
        "Answer questions about a made-up world by searching its documents.",
        "facts that lead to the answer, and documents that do not",
        kind=Kind.TOOLS,
    ),
    row(
        "search.corpus_search:CorpusSearch",
        "Answer the questions of any file by searching any corpus.",
        "none: rows are as hard as they are",
        kind=Kind.DATASET,
    ),
)
