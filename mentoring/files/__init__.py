"""Files that people upload: checked by what is in them, kept in the database under the organisation's row security."""
