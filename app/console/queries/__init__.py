"""Every SELECT of the console as a whole: what the sale room shows, and the lists that somebody keeps."""
