"""`make bench`: how fast pages, import and scoring are, against budgets and against the last run on this machine."""
