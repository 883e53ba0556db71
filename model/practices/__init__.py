"""General practices: income, access, effort, lists, workforce, budgets."""
