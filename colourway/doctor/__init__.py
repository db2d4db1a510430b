"""The doctor: what an installation needs, tried once; and how to mend what is wrong."""
