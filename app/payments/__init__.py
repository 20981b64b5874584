"""Money that is asked for, what came in, what went back, and what a payment provider tells us."""
