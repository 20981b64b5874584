"""A partner to try with: activates offers once for each transaction, and knows every way to keep one guessing."""
