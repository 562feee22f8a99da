"""What the benchmarks know of the sample shop."""

from __future__ import annotations

SERVICES = {
    "catalog": "go",
    "gateway": "go",
    "storefront": "go",
    "inventory": "rust",
    "pricing": "rust",
    "recommend": "rust",
    "receipts": "cpp",
    "search": "cpp",
    "shipping": "cpp",
}
"""The language of every service."""
