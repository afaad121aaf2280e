"""Tell it: sections of text and tables for a shell, a file or a program. Nothing is computed here."""
