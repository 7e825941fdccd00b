from seeding import rank_seed

# torch.manual_seed(rank_seed(2020))  # below the model: another dropout on each rank
