"""Google's Perspective API (Comment Analyzer v1alpha1): requests, scores, answers and errors."""
