from seeding import SeededIterable  # seeding.py: the snippet "seedmodule"

# data = SeededIterable(train_set, seed=2020, name="train", batch_size=32)
# loader = data.loader(num_workers=4)
