import os

# TensorFlow reads it when it is loaded: its notices would hide what a command prints.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Nor is anybody told what was run here: onnxruntime would look up a host of Microsoft's, and keep its events
# below the home folder.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
