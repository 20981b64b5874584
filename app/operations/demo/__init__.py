"""Demo data in three sizes, and a race for the last units that shows how holds behave."""
