from seeding import rng_state  # seeding.py: the snippet "seedmodule"

# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# Add optimizer, scheduler, GradScaler, EMA weights, unapplied gradients, epoch and start;
# one file a rank. Import set_rng_state; before the loop: set_rng_state(checkpoint["rng"])
