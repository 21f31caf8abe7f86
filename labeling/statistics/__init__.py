"""PURE: what random samples say of a whole, and how far readers agree. Arrays and frozen dataclasses in and out."""
