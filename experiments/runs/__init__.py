"""One run or many: jobs, workers, folders, and what each run was asked for."""
