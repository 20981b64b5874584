"""What a deployment stands on, asked part by part: for the health page, and with more questions for `flask doctor`."""
