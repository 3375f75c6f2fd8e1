"""The doctor: looks over a server and the machine that it runs on, and says how to mend what it finds."""
