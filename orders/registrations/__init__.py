"""What the order desk tells the engines at start, by subject. A new module is listed in orders/apps.py."""
