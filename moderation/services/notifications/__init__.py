"""Mail to moderators and readers: schedule, contents and sending."""
