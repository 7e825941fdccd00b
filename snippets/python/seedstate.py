from seeding import rng_state  # seeding.py: the snippet "seedmodule"

# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# Each rank has a file of its own. To go on from it, import set_rng_state too, and
# right before the loop: set_rng_state(torch.load("checkpoint.pt")["rng"])
