"""Tables that people send in: CSV, .xlsx and archives of them, read in a stream whatever their size."""
