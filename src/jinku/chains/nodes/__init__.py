"""Access to endpoints, the same for every family that speaks JSON-RPC: one call, fail-over, agreement."""
