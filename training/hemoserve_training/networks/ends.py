"""Names of a network's input and outputs, here and in every exported file; not every network has maps."""

INPUT, LOGITS, FEATURES, MAPS = "crops", "logits", "features", "activationMaps"
