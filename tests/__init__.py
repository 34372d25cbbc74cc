"""The tests of Headwater, on every database that it works with."""
