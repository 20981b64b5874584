"""What operators do in the console as a whole: in the sale room, and with lists that they keep."""
