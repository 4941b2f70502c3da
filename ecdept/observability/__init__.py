"""What an operator sees: logs, metrics, health. None of it may carry a customer's data."""
