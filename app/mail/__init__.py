"""Mail: one row for each, sent from a job, marked sent when the mail server took it."""
