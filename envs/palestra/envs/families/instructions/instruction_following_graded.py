"""Write about a topic and obey several verifiable instructions: paid by the share that is followed."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.instructions.followed import FollowedShareVerifier
from palestra.envs.families.instructions.instruction_following import InstructionFollowing


class InstructionFollowingGraded(InstructionFollowing):
    """The tasks of `InstructionFollowing`; a text without the keywords, or too short, earns 0."""

    id: ClassVar[str] = "palestra/InstructionFollowingGraded-v1"
    verifier = FollowedShareVerifier()
