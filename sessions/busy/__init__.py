"""When somebody's own calendar elsewhere says that they are busy: fetched with care, read in a process of its own."""
