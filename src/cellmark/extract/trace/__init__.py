"""What the notebook did as it ran: statements, evaluations, calls of models, choices of rows."""
