"""The project's classes in their one order; every manifest repeats it for the service."""

CLASSES = ["basophil", "eosinophil", "erythroblast", "ig", "lymphocyte", "monocyte", "neutrophil", "platelet"]
