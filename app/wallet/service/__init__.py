"""What is done with money of customers."""
