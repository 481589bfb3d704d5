"""An airline: flights, reservations, seats, compensation."""
