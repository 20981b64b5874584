"""Who changed what, when and why; nothing here is ever rewritten."""
