"""The tiny server under the name by which vLLM is started."""
