"""What every endpoint of the REST API shares. It knows no app."""
