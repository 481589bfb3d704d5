"""A learner on several processes: shards of the weights, shares of the samples, and orders from the first rank."""
