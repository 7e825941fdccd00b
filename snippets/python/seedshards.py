from seeding import SeededShards, ShardLoader  # seeding.py: the snippet "seedmodule"

# data = SeededShards(files, read_file, seed=2020, name="train", batch_size=32)
# loader = ShardLoader(data, num_workers=4)
