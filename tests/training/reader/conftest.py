"""Set-up for tests that train: they compile more than they compute."""

import os

# XLA reads it when the first computation is compiled.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
