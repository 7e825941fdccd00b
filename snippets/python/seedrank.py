from seeding import rank_seed  # seeding.py: the snippet "seedmodule"

# torch.manual_seed(rank_seed(2020))  # below the model: each rank's own dropout
