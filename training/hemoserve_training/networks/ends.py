"""Names of a network's input and of its two outputs, here and in every exported file."""

INPUT, LOGITS, FEATURES = "crops", "logits", "features"
