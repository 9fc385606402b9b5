"""Ingestion: lines that describe variants with their listings are checked, and merged into the catalogue in batches."""
