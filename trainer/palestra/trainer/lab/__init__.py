"""The laboratory: what noise in rewards does to learning, and what methods do about it, in minutes on a CPU.

Nothing of the trainer imports it. Its policy is a softmax over pools of real texts; verdicts, advantages, selections,
losses and corrections are those of the package.
"""
