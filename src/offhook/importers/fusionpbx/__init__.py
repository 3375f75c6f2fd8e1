"""FusionPBX's devices, extensions and voicemails made into an office of ours: `import_fusionpbx` gives it with a report.

tables (files → rows, by their columns) → people (extensions, voicemails) and devices (with lines, keys, settings) → the
office, as `importers.phones` makes it.
"""

from .office import import_fusionpbx

__all__ = ["import_fusionpbx"]
