"""The GRPO trainer: generators and weight sync, rewards and advantages, losses, the learner, the run around them."""
