"""What readers do besides commenting: votes, reports, appeals; and counts of them."""
