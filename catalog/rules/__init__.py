"""Pure calculation on values: no ORM, no clock."""
