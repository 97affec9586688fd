"""Pure decisions on domain values: thresholds, post rules, queue priority; imports only domain."""

from .thresholds import decide, policy_name

__all__ = ["decide", "policy_name"]
