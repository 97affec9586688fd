"""Sites, their settings and their posts' rules."""
