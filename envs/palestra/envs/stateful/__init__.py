"""Stateful domains: what their tables, tools, goals and tasks are made of.

A domain is a `Schema` of records, a `DomainDesk` with tools (`read`, `write`) and `Rule`s, and a `Domain` that
drafts worlds and makes `Goal`s. Everything else follows: the gold is found by making the goals' calls, and an
episode is judged by the rows that changed.
"""

from palestra.envs.stateful.database import Database
from palestra.envs.stateful.desk import DomainDesk, Rule, plain, read, write
from palestra.envs.stateful.difference import Change, Difference, difference
from palestra.envs.stateful.domain import Domain, DomainConfig, Draft
from palestra.envs.stateful.goal import Asked, Fact, Goal, Lookup, called
from palestra.envs.stateful.records import Cell, Record, Row, Schema, Table
from palestra.envs.stateful.scenario import Answer, Recipe, Refusal, Scenario, Sitting

__all__ = [
    "Answer",
    "Asked",
    "Cell",
    "Change",
    "Database",
    "Difference",
    "Domain",
    "DomainConfig",
    "DomainDesk",
    "Draft",
    "Fact",
    "Goal",
    "Lookup",
    "Recipe",
    "Record",
    "Refusal",
    "Row",
    "Rule",
    "Scenario",
    "Schema",
    "Sitting",
    "Table",
    "called",
    "difference",
    "plain",
    "read",
    "write",
]
