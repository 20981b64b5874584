"""Runs the whole of Holdfast on one machine: private servers, a mail catcher and a supervisor."""
