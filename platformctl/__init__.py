"""platformctl: one platform.yaml in, a Flux-reconciled private LLM chat platform out."""
