"""The GRPO trainer: advantages, losses, the in-process generator, the learner and the loop."""
