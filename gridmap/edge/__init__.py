"""The residents' side of the wall: phones, their messages and their receipts.

In service the register stands on an inner network and this room on the internet, so nothing here imports people or
reads its tables; a resident is an opaque id. import-linter holds the code apart.
"""
