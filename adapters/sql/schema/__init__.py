"""The tables, how orders are rows in them, and the migrations."""
