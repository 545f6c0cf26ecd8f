"""Enfilade: one domain of rooms, spoken in three foreign APIs."""
