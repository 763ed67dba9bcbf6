"""What-if: the smallest change of an application that reaches approval."""
