"""What a run left, as one HTML page that needs no network."""
