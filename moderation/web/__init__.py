"""HTTP: a view loads its input, calls one service and dumps the result. No SQL, no business rules.

Importing the package loads no web framework, since the server uses parts that need none.
"""
