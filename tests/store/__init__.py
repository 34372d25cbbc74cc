"""The rooms of the store, each for itself; what all of it promises together is in tests/conformance."""
