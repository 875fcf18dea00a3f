"""What is kept of an answer: the audit log, the counts of monitoring."""
