"""Who meets whom in the formats that are no plain pairing of two sides: arrays and dataclasses in, dataclasses out."""
