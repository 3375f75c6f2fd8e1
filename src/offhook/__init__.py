"""offhook: a phone asks for its configuration by MAC address; offhook knows whose phone it is and answers.

`server.py` is the composition root: read it and you see how all the parts are joined.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("offhook")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"
