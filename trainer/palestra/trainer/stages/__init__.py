"""Stages: a run in several parts, each with settings of its own, one after the other on the same weights."""

from palestra.trainer.stages.forgetting import ForgettingCheck, OnDrop
from palestra.trainer.stages.span import Span, spans

__all__ = ["ForgettingCheck", "OnDrop", "Span", "spans"]
