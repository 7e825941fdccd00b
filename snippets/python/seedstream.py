from seeding import torch_stream  # seeding.py: the snippet "seedmodule"

# generator = torch_stream(2020, "shuffle")  # of a DataLoader, for example
