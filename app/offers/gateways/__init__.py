"""The partner who activates offers."""
