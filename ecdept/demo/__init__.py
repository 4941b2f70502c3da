"""The demo company: a department in mid-week, made through the same verbs that people use."""
