"""What all tests share."""

import signal

# A shell that starts the tests in the background has them ignore Ctrl-C, and every program that they start
# inherits that; then no test of an interruption could pass.
signal.signal(signal.SIGINT, signal.default_int_handler)
