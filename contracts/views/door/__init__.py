"""The pages of the supplier's door, by paper; each module's `urlpatterns` are joined in contracts/door_urls.py."""
