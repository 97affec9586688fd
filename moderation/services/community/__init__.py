"""What readers do besides commenting: appeals, reports, votes."""
