"""Which of two versions answers, and which of them is better: assignment, guardrails, decision."""
