"""Building and training of what reads a text: the sentence encoder, the student, their heads."""
