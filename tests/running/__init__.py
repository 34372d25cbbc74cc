"""What runs the sources of one master: real polls of real repositories, and sources that do what a test says."""
