"""What readers do with the comments of others."""
