from seeding import seeded_loader  # seeding.py: the snippet "seedmodule"

# loader = seeded_loader(train_set, seed=2020, name="train", batch_size=32, num_workers=4)
