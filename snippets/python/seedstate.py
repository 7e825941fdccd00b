from seeding import rng_state  # seeding.py: the snippet "seedmodule"

# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# Save optimizer, scheduler, GradScaler, EMA, unapplied gradients, epoch, start too; a file
# for each rank. To resume, import set_rng_state; set_rng_state(checkpoint["rng"])
