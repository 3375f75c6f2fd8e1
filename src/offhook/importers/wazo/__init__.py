"""wazo-provd's devices and configs made into an office of ours: `import_wazo` gives it with a report.

documents (files → devices, configs) → inheritance (what a config says with its parents) → phones (lines, servers) with
keys and settings → the office, as `importers.phones` makes it.
"""

from .office import import_wazo

__all__ = ["import_wazo"]
