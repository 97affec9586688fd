"""Personal data of commenters: what is kept, its export, erasure and retention."""
