"""The console as a whole: home, the sale room, search, and the lists that somebody keeps."""
