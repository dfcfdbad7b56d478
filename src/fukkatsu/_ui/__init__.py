"""`fukkatsu ui`: a review console over a store, served on loopback. No script runs in its pages, none is fetched."""
