"""Who changed what, when and why; nothing here is ever rewritten, and by default nothing is ever removed."""
