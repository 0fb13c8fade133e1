"""Two organisations to look at, built through the services: one with three years of history, one that begins."""
