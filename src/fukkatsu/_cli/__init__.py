"""The ``fukkatsu`` command."""
