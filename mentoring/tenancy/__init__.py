"""Whose rows may be seen: the scope of one organisation, held by the ORM, the database and the references."""
