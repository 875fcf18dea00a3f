"""The verbs: one module per use case, composed of the rooms below."""
