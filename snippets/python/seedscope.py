from seeding import seed_scope  # seeding.py: the snippet "seedmodule"

# with seed_scope(2020):
#     validate(model)
