"""The policy and its files: loading, tokenizer, precision, compiled layers, weights sharded over processes."""
