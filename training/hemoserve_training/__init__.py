import os

# TensorFlow reads it when it is loaded: its notices would hide what a command prints.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
