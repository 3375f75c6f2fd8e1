"""A call's way: match → walk → step. What to do with a call, decided from the directory, the time and the call alone.

`route` and `resume` make one decision each, `plan` all that can follow. No sockets, no clock, no chance of its own: a
decision can be made again and comes out the same.
"""

from .action import Step
from .call import Call, Outcome
from .cursor import CursorRefused
from .engine import resume, route
from .memory import Exchange

__all__ = ["Call", "CursorRefused", "Exchange", "Outcome", "Step", "resume", "route"]
