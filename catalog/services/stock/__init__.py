"""Stock: what moves it, and the counts that keep the book true to the shelf."""
