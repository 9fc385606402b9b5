"""Colors with their hex values."""

COLORS = {
    "White": "#f7f6f2", "Ivory": "#f3ecdc", "Sand": "#d9c7a3", "Camel": "#b98b5c", "Taupe": "#8e7f70",
    "Brown": "#5e4030", "Black": "#1b1b1d", "Charcoal": "#3d4045", "Grey": "#8d9096", "Silver": "#c3c6ca",
    "Navy": "#1f2a4a", "Blue": "#2f5fb3", "Sky": "#9cc3e6", "Teal": "#1f7a7a", "Emerald": "#1d7a4f",
    "Olive": "#6b6b3a", "Sage": "#a8b89a", "Mint": "#bfe3d0", "Mustard": "#d4a12a", "Saffron": "#f0a63a",
    "Terracotta": "#c2653f", "Coral": "#f07f69", "Red": "#b3212c", "Burgundy": "#6d1a2d", "Rose": "#dba4ad",
    "Blush": "#f0d3cf", "Lilac": "#c7b3dc", "Plum": "#5b2a56", "Gold": "#c9a24b",
}  # fmt: skip

FEW = ("Black", "Brown", "Camel", "Ivory", "Navy", "Burgundy", "Taupe", "Emerald", "Blush")
METALS = ("Gold", "Silver", "Rose")
SOFT = ("White", "Ivory", "Sand", "Sage", "Sky", "Grey", "Terracotta", "Olive", "Blush", "Charcoal")
