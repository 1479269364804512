"""Spreadsheets on their way in: reading, columns, rows, preview, import."""
