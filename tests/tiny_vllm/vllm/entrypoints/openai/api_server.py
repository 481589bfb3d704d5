"""`python -m vllm.entrypoints.openai.api_server`, but the tiny server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

if __name__ == "__main__":  # tests are collected by importing everything
    from tiny_server import main

    main()
