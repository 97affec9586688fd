"""WSGI layers in front of Flask: request budgets, cached responses, submissions."""
