"""Mail to moderators: schedule, contents and sending."""
