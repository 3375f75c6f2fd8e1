"""Phones and their people from any system that provisions phones: `move` makes an office of them.

A reader of another system's files says what each phone is (`phone`), and `moving` does the rest: who the people are,
what all phones have in common, who logs in with what.
"""
