"""vLLM servers that are started and watched here."""
