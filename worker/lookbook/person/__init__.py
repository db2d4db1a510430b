"""People: body, face, hair, and the bare figure."""
