"""The console as a whole: home, search, and the lists that somebody keeps."""
