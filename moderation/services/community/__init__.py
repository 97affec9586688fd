"""What readers do beside writing: reports, votes, following threads, appeals."""
