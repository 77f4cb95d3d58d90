"""Training on a GPU in PyTorch: crops and their random changes live on the card, and the schedule follows
the clock.

Rewritten from the script that trained inceptionv3 2.0.0 and vgg16 1.0.0. Nothing outside of this package
imports PyTorch, which is an optional set-up (training/setup.sh).
"""
