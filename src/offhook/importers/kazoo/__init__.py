"""Kazoo's documents, as its API gives them, made into an office of ours: `import_kazoo` gives it with a report.

documents (the file) → people, devices (what they are) → callflows (tree → graph: rings, media, decide, routes, settings),
with times and hours for temporal rules and restrictions for what may not be dialled.
"""

from offhook.importers.report import Imported, Unreadable

from .office import import_kazoo

__all__ = ["Imported", "Unreadable", "import_kazoo"]
