"""What things cost: environments, verifiers, rollouts, sandboxes and steps, beside others' where there are any."""
