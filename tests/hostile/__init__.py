"""What an attacker does, against the real server process."""
