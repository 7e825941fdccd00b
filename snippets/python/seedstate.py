from seeding import rng_state  # seeding.py: the snippet "seedmodule"

# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# Save optimizer, scheduler, GradScaler, EMA, unapplied gradients, epoch and start too; one
# file per rank. Import set_rng_state; before the loop: set_rng_state(checkpoint["rng"])
