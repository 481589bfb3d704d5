"""Credit: how a rollout's advantage is spread over its turns."""

from palestra.trainer.credit.whole_response import WholeResponse

Credit = WholeResponse
"""What a configuration can name."""

__all__ = ["Credit", "WholeResponse"]
