"""The product on one machine: `./dev` starts PostgreSQL and Valkey out of wheels, and what needs them."""
