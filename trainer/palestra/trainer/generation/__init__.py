"""Where rollouts are sampled: in this process, on vLLM servers, or out of the log of a run."""
