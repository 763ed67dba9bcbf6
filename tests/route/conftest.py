"""What the tests of the whole way borrow from those of a room."""

from tests.monitoring.conftest import look_alike_model

__all__ = ["look_alike_model"]
