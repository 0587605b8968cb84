"""What may be seen. Read-only queries, each bounded by `access.case_criterion`; none runs once per row."""
