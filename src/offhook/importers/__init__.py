"""What others have, made into our documents: other systems' configurations, calendars.

Pure functions from the values of a file to values of an office file, and a report of what could not be carried over.
They know the model and nothing else: no store, no network, no clock.
"""
