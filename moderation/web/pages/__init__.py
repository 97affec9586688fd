"""HTML, feeds and static files for readers and moderators."""
