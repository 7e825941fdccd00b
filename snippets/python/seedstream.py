from seeding import torch_stream

# generator = torch_stream(2020, "shuffle")  # of a DataLoader, for example
