"""The recorded suggestions behind ``fukkatsu demo``, and the function that they try to correct."""
