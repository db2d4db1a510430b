"""What `decode` is made of: telling formats apart, whole files, colour spaces, deep pixels."""
