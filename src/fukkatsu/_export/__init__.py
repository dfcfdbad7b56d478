"""An accepted correction as something to commit: a patch of the real source file, and a regression test."""
