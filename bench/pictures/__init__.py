"""Networks and what is done with pixels around them: time, margins, faces, islands."""
