"""Who may see and do what: the only place.

What may be *seen* is a SQL clause that loaders AND into their WHERE. It depends on the kind of viewer alone, with the
viewer's own id as the parameter `viewer`, so each statement is compiled once for each kind. A row that may not be seen
is never fetched: hidden and missing are the same.
"""
